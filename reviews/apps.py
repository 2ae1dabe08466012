"""App configuration of `reviews`."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Names the app and its key type."""

    name = "reviews"
    default_auto_field = "django.db.models.BigAutoField"
