"""The REST calls of `reviews`, below /api/v1/agents/<agent>/."""

from django.urls import path

from reviews import api, api_exports, api_quality, api_reviews, api_trail
from reviews.team_api_urls import team_calls

urlpatterns = [
    path("queue/", api.queue),
    path("queue/next/", api.claim),
    path("queue/<int:key>/verdict/", api.verdict),
    path("queue/<int:key>/skip/", api.skip),
    path("queue/<int:key>/release/", api.release),
    path("exports/<slug:what>.<slug:form>", api_exports.export),
    path("reviews/", api_reviews.reviews),
    path("verdicts/", api_reviews.verdicts),
    path("quality/", api_quality.quality),
    path("proposals/<int:key>/trail/", api_trail.trail),
    path("proposals/became/", api_trail.became),
] + team_calls
