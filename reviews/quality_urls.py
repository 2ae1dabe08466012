"""Pages of the quality figure."""

from django.urls import path

from reviews import views_quality

quality_urls = [
    path("quality/", views_quality.quality, name="quality"),
    path("quality/data/", views_quality.data, name="quality_data"),
]
