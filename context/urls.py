"""The addresses of the context pages, under /<workspace>/<agent>/."""

from django.urls import path

from context import (
    views_documents,
    views_prompt,
    views_proposals,
    views_releases,
    views_steps,
)

app_name = "context"

release_urls = [
    path("releases/", views_releases.releases, name="releases"),
    path("releases/new/", views_steps.new_draft, name="new-draft"),
    path("releases/<int:number>/", views_releases.release, name="release"),
    path("releases/<int:number>/prompt/", views_prompt.prompt_editor, name="prompt"),
    path("releases/<int:number>/<slug:name>/", views_steps.step, name="step"),
]
document_urls = [
    path("releases/<int:number>/documents/", views_documents.document_editor, name="add-document"),
    path("releases/<int:number>/documents/<slug:slug>/", views_documents.document, name="document"),
    path(
        "releases/<int:number>/documents/<slug:slug>/edit/",
        views_documents.document_editor,
        name="edit-document",
    ),
    path(
        "releases/<int:number>/documents/<slug:slug>/remove/",
        views_documents.remove_document,
        name="remove-document",
    ),
    path("context/preview/", views_documents.preview, name="preview"),
]
proposal_urls = [
    path("proposals/", views_proposals.proposals, name="proposals"),
    path("proposals/add/", views_proposals.add, name="add-proposal"),
    path("proposals/<int:proposal_id>/accept/", views_proposals.accept, name="accept"),
    path("proposals/<int:proposal_id>/decline/", views_proposals.decline, name="decline"),
]
urlpatterns = [
    path("context/", views_releases.index, name="index"),
    *document_urls,
    *release_urls,
    *proposal_urls,
]
