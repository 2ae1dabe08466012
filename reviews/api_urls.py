"""The REST calls of `reviews`, below /api/v1/agents/<agent>/."""

from django.urls import path

from reviews.desk import api_exports, api_reviews
from reviews.quality import api as api_quality
from reviews.queue import api
from reviews.team.api_urls import team_calls
from reviews.trail import api as api_trail

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
