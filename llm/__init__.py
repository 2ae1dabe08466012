"""The one door to models: calls, prices, budgets, the shared rate limit, durable model work and the local model."""
