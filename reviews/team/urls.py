"""Pages of working as a team: disputes, readings outside the queue, assignment."""

from django.urls import path

from reviews.calibrations import views as views_calibration
from reviews.disputes import views as views_disputes
from reviews.queue import views as views_queue
from reviews.team import views as views_team
from reviews.team import views_opinions

dispute_urls = [
    path("disputes/", views_disputes.disputes, name="disputes"),
    path("disputes/<int:key>/", views_disputes.dispute, name="dispute"),
    path("disputes/<int:key>/reader/", views_disputes.ask, name="ask"),
    path("disputes/<int:key>/read/", views_disputes.read, name="read-again"),
    path("disputes/<int:key>/leave/", views_disputes.leave, name="leave"),
    path("disputes/<int:key>/drop/", views_disputes.drop, name="drop"),
    path("disputes/<int:key>/decision/", views_disputes.settle, name="decide"),
    path("verdicts/<int:key>/dispute/", views_disputes.doubt, name="doubt"),
]

opinion_urls = [
    path("opinions/<int:key>/", views_opinions.opinion, name="opinion"),
    path("opinions/<int:key>/answers/", views_opinions.submit, name="submit-opinion"),
    path("opinions/<int:key>/draft/", views_opinions.save_draft, name="opinion-draft"),
    path("opinions/<int:key>/undo/", views_opinions.take_back, name="take-opinion-back"),
]

queue_urls = [
    path("queue/", views_queue.queue, name="queue"),
    path("queue/assign/", views_queue.assign_items, name="assign"),
]

member_urls = [
    path("team/", views_team.team_page, name="team"),
    path("team/goals/", views_team.save_goals, name="goals"),
]

calibration_urls = [
    path("calibrations/", views_calibration.calibrations, name="calibrations"),
    path("calibrations/start/", views_calibration.start, name="start-calibration"),
    path("calibrations/<int:key>/", views_calibration.calibration, name="calibration"),
    path("calibrations/<int:key>/people/", views_calibration.people, name="calibration-people"),
    path("calibrations/<int:key>/end/", views_calibration.end, name="end-calibration"),
    path("calibrations/<int:key>/rules/", views_calibration.agree, name="calibration-rule"),
    path(
        "calibrations/<int:key>/differences.csv", views_calibration.differences, name="differences"
    ),
]

team_urls = calibration_urls + member_urls + dispute_urls + opinion_urls + queue_urls
