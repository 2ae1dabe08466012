"""Wiring of the product: settings, URLs, Celery, schedule, supervisor and the shell pages."""

# Without the app, `shared_task` would look for a broker of its own on localhost.
from agentops.celery import app as celery_app

__all__ = ["celery_app"]
