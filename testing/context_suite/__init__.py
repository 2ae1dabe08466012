"""The suite that writes itself for whatever a candidate's context changes."""
