"""App configuration of `context`."""

from django.apps import AppConfig


class ContextConfig(AppConfig):
    """Names the app and its key type."""

    name = "context"
    default_auto_field = "django.db.models.BigAutoField"
