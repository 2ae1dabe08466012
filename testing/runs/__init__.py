"""Runs: a release answers the cases of a suite, and every answer is graded."""
