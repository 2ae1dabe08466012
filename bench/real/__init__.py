"""The parts of `./run bench real_data`: an installation of its own, its sources, its steps."""
