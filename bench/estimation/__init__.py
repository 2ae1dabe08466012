"""Simulated judges, weeks and reviewers, against which the estimate is tried."""
