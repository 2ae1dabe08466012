"""The REST calls of the weekly report, below /api/v1/agents/<agent>/."""

from django.urls import path

from agentops.report import api

urlpatterns = [
    path("reports/", api.weekly_reports),
    path("reports/<str:week>/", api.weekly_report),
]
