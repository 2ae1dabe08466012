"""A release on a share of the customers: who is on which side, the daily looks, how it ends."""
