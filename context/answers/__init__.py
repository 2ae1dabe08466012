"""A release answers a conversation."""
