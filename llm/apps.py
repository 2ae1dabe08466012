"""Django's entry for the package: it is an app for the sake of one table, `Spend`."""

from django.apps import AppConfig


class LlmConfig(AppConfig):
    name = "llm"
    default_auto_field = "django.db.models.BigAutoField"
