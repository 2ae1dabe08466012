"""What a release did to the figures, with its doubt."""
