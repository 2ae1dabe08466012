"""Tests of `context`."""
