"""The embedded local model: a deterministic stand-in with OpenAI's HTTP surface, no Django."""
