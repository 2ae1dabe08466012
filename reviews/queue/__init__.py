"""The day's queue: which conversations people read, and who takes which."""
