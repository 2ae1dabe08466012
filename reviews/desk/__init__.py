"""The desk: one conversation read, decided, and on record."""
