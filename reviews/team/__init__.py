"""How the reviewers of a team work: readings, goals, second opinions."""
