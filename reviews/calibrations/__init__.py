"""Several people read the same conversations and settle where they differ."""
