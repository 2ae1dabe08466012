"""Pages of the quality figure."""

from django.urls import path

from reviews.canary import views as views_canary
from reviews.quality import views as views_quality

quality_urls = [
    path("quality/", views_quality.quality, name="quality"),
    path("quality/data/", views_quality.data, name="quality_data"),
    path("canary/", views_canary.canary, name="canary"),
    path("canary/newest/", views_canary.newest, name="canary_newest"),
    path("canary/fill/", views_canary.refresh, name="canary_fill"),
    path("canary/check/", views_canary.check_now, name="canary_check"),
    path("canary/stop/", views_canary.stop, name="canary_stop"),
]
