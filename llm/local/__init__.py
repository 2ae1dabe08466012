"""The embedded local model: a deterministic stand-in behind the OpenAI HTTP surface, without Django."""
