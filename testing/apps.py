"""App configuration of `testing`."""

from django.apps import AppConfig


class TestingConfig(AppConfig):
    """Names the app and its key type."""

    name = "testing"
    default_auto_field = "django.db.models.BigAutoField"
