"""The REST calls of working as a team."""

from django.urls import path

from reviews.disputes import api as api_disputes
from reviews.queue import api_assignment

team_calls = [
    path("queue/<int:key>/assign/", api_assignment.assign_item),
    path("disputes/", api_disputes.disputes),
    path("disputes/<int:key>/", api_disputes.dispute),
    path("verdicts/<int:key>/dispute/", api_disputes.doubt),
]
