"""App configuration of `conversations`."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """Names the app and its key type."""

    name = "conversations"
    default_auto_field = "django.db.models.BigAutoField"
