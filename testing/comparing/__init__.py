"""What a run says of a release beside its baseline, and how much of that may be luck."""
