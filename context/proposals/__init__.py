"""Facts that people taught: found, put together, decided, and placed into a draft."""
