"""The addresses of the context pages, under /<workspace>/<agent>/."""

from django.urls import path

from context.editing import views as views_documents
from context.editing import views_history, views_merge, views_prompt
from context.hygiene import views as views_hygiene
from context.impacts import views as views_impact
from context.proposals import views as views_proposals
from context.proposals import views_deciding
from context.releases import views as views_releases
from context.releases import views_labels, views_steps
from context.rollouts import views as views_rollouts
from context.webhooks import views as views_webhooks

app_name = "context"

release_urls = [
    path("releases/", views_releases.releases, name="releases"),
    path("releases/new/", views_steps.new_draft, name="new-draft"),
    path("releases/<int:number>/", views_releases.release, name="release"),
    path("releases/<int:number>/prompt/", views_prompt.prompt_editor, name="prompt"),
    path("releases/<int:number>/edits/", views_history.edits, name="edits"),
    path("releases/<int:number>/merge/<int:other>/", views_merge.merge, name="merge"),
    path("releases/<int:number>/rollout/", views_rollouts.rollout, name="rollout"),
    path("releases/<int:number>/rollout/start/", views_rollouts.start, name="start-rollout"),
    path("releases/<int:number>/rollout/raise/", views_rollouts.raise_share, name="raise-share"),
    path("releases/<int:number>/rollout/<slug:name>/", views_rollouts.step, name="rollout-step"),
    path("releases/<int:number>/impact/", views_impact.impact, name="impact"),
    path("releases/<int:number>/impact.csv", views_impact.impact_csv, name="impact-csv"),
    path("releases/<int:number>/impact/days/", views_impact.leave_out, name="leave-out"),
    path(
        "releases/<int:number>/impact/days/<int:pk>/again/",
        views_impact.count_again,
        name="count-again",
    ),
    path("releases/<int:number>/labels/", views_labels.put, name="put-label"),
    path("releases/<int:number>/labels/take/", views_labels.take, name="take-label"),
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
    path("context/prompt-preview/", views_prompt.preview, name="prompt-preview"),
    path("context/find/", views_history.find, name="find"),
    path("context/prompt/", views_history.prompt_history, name="prompt-history"),
    path("context/documents/<slug:slug>/", views_history.document_history, name="document-history"),
    path("context/documents/<slug:slug>/upkeep/", views_documents.upkeep, name="upkeep"),
]
hygiene_urls = [
    path("context/hygiene/", views_hygiene.hygiene, name="hygiene"),
    path("context/hygiene/<slug:name>/", views_hygiene.act, name="hygiene-act"),
]
proposal_urls = [
    path("proposals/", views_proposals.proposals, name="proposals"),
    path("proposals/add/", views_proposals.add, name="add-proposal"),
    path("proposals/decide/", views_deciding.decide_many, name="decide-many"),
    path("proposals/<int:proposal_id>/accept/", views_deciding.accept, name="accept"),
    path("proposals/<int:proposal_id>/decline/", views_deciding.decline, name="decline"),
    path("proposals/<int:proposal_id>/undo/", views_deciding.undo, name="undo-proposal"),
]
webhook_urls = [
    path("settings/webhooks/", views_webhooks.webhooks, name="webhooks"),
    path("settings/webhooks/add/", views_webhooks.add_webhook, name="add-webhook"),
    path("settings/webhooks/<int:pk>/", views_webhooks.webhook, name="webhook"),
    path("settings/webhooks/messages/<int:pk>/", views_webhooks.delivery, name="delivery"),
    path(
        "settings/webhooks/messages/<int:pk>/again/", views_webhooks.send_again, name="send-again"
    ),
    path("settings/webhooks/<int:pk>/<slug:name>/", views_webhooks.step, name="webhook-step"),
]
urlpatterns = [
    path("context/", views_releases.index, name="index"),
    *document_urls,
    *hygiene_urls,
    *release_urls,
    *proposal_urls,
    *webhook_urls,
]
