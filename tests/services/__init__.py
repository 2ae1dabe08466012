"""Real servers for the tests: PostgreSQL, Valkey, and a Celery worker."""
