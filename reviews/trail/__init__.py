"""From a finding to its impact, and what became of all findings."""
