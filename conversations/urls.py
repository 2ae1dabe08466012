"""Pages of `conversations`, below /<workspace>/<agent>/conversations/."""

from django.urls import path

from conversations import views

app_name = "conversations"

urlpatterns = [
    path("", views.listing, name="list"),
    path("<int:key>/", views.detail, name="detail"),
    path("<int:key>/rating/", views.rate_brief, name="rate-brief"),
]
