"""App configuration of `accounts`."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Names the app and its key type."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
