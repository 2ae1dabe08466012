"""The gate: from runs to named checks on a release, by the agent's own rules."""
