"""Cases and their suites: written, changed, tried, retired."""
