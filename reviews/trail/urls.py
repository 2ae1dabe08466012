"""Pages of the trail, below /<workspace>/<agent>/proposals/."""

from django.urls import path

from reviews.trail import views as views_trail

app_name = "trail"

urlpatterns = [
    path("<int:key>/", views_trail.proposal, name="proposal"),
    path("became/", views_trail.became, name="became"),
]
