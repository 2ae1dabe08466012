"""Releases as files: read from a folder, written to one, pushed and pulled."""
