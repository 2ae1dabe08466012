"""Releases: what they hold, how they differ, what stands for them, and each step of their life."""
