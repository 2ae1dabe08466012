"""Measurements anyone can run: `./run bench`."""
