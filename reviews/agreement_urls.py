"""Pages on how far the judge can be trusted."""

from django.urls import path

from reviews import views_agreement, views_disagreements

agreement_urls = [
    path("agreement/", views_agreement.agreement, name="agreement"),
    path("disagreements/", views_disagreements.index, name="disagreements"),
    path("disagreements/<int:key>/mark/", views_disagreements.mark, name="mark"),
    path("disagreements/<int:key>/undo/", views_disagreements.undo, name="unmark"),
]
