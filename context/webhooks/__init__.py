"""Telling other systems what happened, signed, until they have it."""
