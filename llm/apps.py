"""Django's entry for the package: an app for the sake of its tables, of spending and batches."""

from django.apps import AppConfig


class LlmConfig(AppConfig):
    name = "llm"
    default_auto_field = "django.db.models.BigAutoField"
