"""The REST calls of `conversations`, below /api/v1/agents/<agent>/."""

from django.urls import path

from conversations import api

urlpatterns = [
    path("conversations/", api.conversations),
    path("conversations/<int:key>/", api.conversation),
    path("metrics/weekly/", api.weekly_metrics),
    path("briefs/<int:key>/", api.brief),
    path("briefs/<int:key>/rating/", api.rate_brief),
]
