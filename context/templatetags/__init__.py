"""Template filters of `context`."""
