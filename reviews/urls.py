"""Pages of `reviews`, below /<workspace>/<agent>/desk/."""

from django.urls import path

from reviews.agreement.urls import agreement_urls
from reviews.desk import views, views_ahead, views_exports, views_reviews, views_search
from reviews.judging import views_batches, views_calls, views_runs
from reviews.quality.urls import quality_urls
from reviews.team.urls import team_urls

app_name = "reviews"

desk_urls = [
    path("", views.desk, name="desk"),
    path("build/", views.build, name="build"),
    path("items/<int:key>/", views.item, name="item"),
    path("items/<int:key>/verdict/", views.submit, name="submit"),
    path("items/<int:key>/draft/", views_ahead.draft, name="draft"),
    path("items/<int:key>/decide/", views_ahead.decide, name="decide-item"),
    path("items/<int:key>/ahead/", views_ahead.ahead, name="ahead"),
    path("items/<int:key>/give-back/", views_ahead.give_back, name="give-back"),
    path("search/", views_search.find, name="search"),
    path("another/", views_ahead.another, name="another"),
    path("items/<int:key>/skip/", views.skip, name="skip"),
    path("items/<int:key>/release/", views.release, name="release"),
    path("verdicts/<int:key>/undo/", views.undo, name="undo"),
]

review_urls = [
    path("reviews/", views_reviews.index, name="index"),
    path("reviews/night/", views_runs.night, name="night"),
    path("reviews/exports/", views_exports.exports, name="exports"),
    path("reviews/exports/file/", views_exports.export, name="export"),
    path("reviews/calls/", views_calls.calls, name="calls"),
    path("reviews/calls/<int:key>/", views_calls.call, name="call"),
    path("reviews/run/", views_runs.price, name="price"),
    path("reviews/run/start/", views_runs.start, name="start"),
    path("reviews/run/cancel/", views_runs.cancel, name="cancel"),
    path("reviews/batches/<int:key>/cancel/", views_batches.cancel, name="batch-cancel"),
    path("reviews/batches/<int:key>/live/", views_batches.live, name="batch-live"),
    path("verdicts/", views_reviews.verdicts, name="verdicts"),
    path("panel/<int:key>/", views_reviews.panel, name="panel"),
]

urlpatterns = desk_urls + review_urls + agreement_urls + quality_urls + team_urls
