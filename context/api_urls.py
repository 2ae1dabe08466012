"""The addresses of the REST calls, under /api/v1/agents/<agent>/."""

from django.urls import path

from context.hygiene import api as api_hygiene
from context.impacts import api as api_impact
from context.proposals import api as api_proposals
from context.releases import api as api_releases
from context.releases import api_labels, api_lifecycle
from context.rollouts import api as api_rollouts
from context.webhooks import api as api_webhooks

urlpatterns = [
    path("releases/", api_releases.releases),
    path("releases/live/", api_releases.live),
    path("releases/live/rollback/", api_lifecycle.roll_back),
    path("releases/live/respond/", api_lifecycle.respond_live),
    path("releases/<int:number>/", api_releases.release),
    path("labels/", api_labels.labels),
    path("labels/<str:name>/", api_labels.label),
    path("labels/<str:name>/history/", api_labels.history),
    path("releases/<int:number>/files/", api_releases.files),
    path("releases/<int:number>/diff/<int:other>/", api_releases.diff),
    path("releases/<int:number>/impact/", api_impact.impact),
    path("releases/<int:number>/submit/", api_lifecycle.submit),
    path("releases/<int:number>/discard/", api_lifecycle.set_aside),
    path("releases/<int:number>/bring-back/", api_lifecycle.take_up),
    path("releases/<int:number>/approve/", api_lifecycle.approve),
    path("releases/<int:number>/reject/", api_lifecycle.reject),
    path("releases/<int:number>/publish/", api_lifecycle.publish),
    path("releases/<int:number>/rollback/", api_lifecycle.roll_back_to),
    path("releases/<int:number>/checks/", api_lifecycle.checks),
    path("releases/<int:number>/respond/", api_lifecycle.respond),
    path("releases/<int:number>/rollout/", api_rollouts.rollout),
    path("releases/<int:number>/rollout/pause/", api_rollouts.pause),
    path("releases/<int:number>/rollout/resume/", api_rollouts.resume),
    path("releases/<int:number>/rollout/raise/", api_rollouts.raise_share),
    path("releases/<int:number>/rollout/stop/", api_rollouts.stop),
    path("releases/<int:number>/rollout/promote/", api_rollouts.promote_release),
    path("webhooks/", api_webhooks.webhooks),
    path("webhooks/<int:pk>/", api_webhooks.webhook),
    path("webhooks/<int:pk>/renew/", api_webhooks.renew),
    path("webhooks/<int:pk>/test/", api_webhooks.test),
    path("webhooks/<int:pk>/deliveries/", api_webhooks.deliveries),
    path("webhooks/<int:pk>/deliveries/<int:message>/", api_webhooks.delivery),
    path("webhooks/<int:pk>/deliveries/<int:message>/again/", api_webhooks.send_again),
    path("hygiene/", api_hygiene.hygiene),
    path("proposals/", api_proposals.proposals),
    path("proposals/<int:proposal_id>/", api_proposals.proposal),
    path("proposals/<int:proposal_id>/accept/", api_proposals.accept),
    path("proposals/<int:proposal_id>/merge/", api_proposals.merge_other),
    path("proposals/<int:proposal_id>/undo/", api_proposals.undo),
    path("proposals/<int:proposal_id>/decline/", api_proposals.decline),
]
