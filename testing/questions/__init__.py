"""New questions: what customers ask that no case covers."""
