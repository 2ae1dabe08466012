"""How far the judge agrees with people, and whether it may gate."""
