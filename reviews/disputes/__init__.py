"""A verdict that is doubted, read blind by another person, and decided."""
