"""Pages on how far the judge can be trusted."""

from django.urls import path

from reviews.agreement import views as views_agreement
from reviews.agreement import views_disagreements
from reviews.judging import views as views_judge

agreement_urls = [
    path("agreement/", views_agreement.agreement, name="agreement"),
    path("disagreements/", views_disagreements.index, name="disagreements"),
    path("disagreements/<int:key>/mark/", views_disagreements.mark, name="mark"),
    path("disagreements/<int:key>/undo/", views_disagreements.undo, name="unmark"),
    path("judge/", views_judge.judge, name="judge"),
    path("judge/teach/", views_judge.teach_traps, name="teach"),
    path("judge/traps/<int:number>/", views_judge.use_traps, name="use-traps"),
]
