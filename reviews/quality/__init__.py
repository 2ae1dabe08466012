"""The quality figure: its material, its interval, its windows and segments."""
