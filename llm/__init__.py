"""The one door to models: calls, prices, budgets, rate limit, durable work, the local model."""
