"""What a manager can do about a batch of reviews that is out: stop it, or not wait for it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import Role
from context.access import agent_page
from context.models import Agent
from llm.models import ModelBatch
from reviews import tasks
from reviews.desk.views import reviewer_of
from reviews.judging.batching import PURPOSE, run_of, switch_to_live
from reviews.judging.views_runs import to_day
from reviews.models import ReviewRun


def batch_of(agent: Agent, key: int) -> tuple[ModelBatch, ReviewRun]:
    """One of the agent's batches and its run; 404 for another agent's."""
    batch = get_object_or_404(ModelBatch, pk=key, purpose=PURPOSE)
    run = run_of(batch)
    if run is None or run.agent_id != agent.pk:
        raise Http404
    return batch, run


@agent_page(Role.MANAGER)
@require_POST
def cancel(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Stop a batch: what it has is kept, the rest is skipped and can be started again."""
    batch, run = batch_of(agent, key)
    reason = f"cancelled by {reviewer_of(request).username}"
    if batch.ask_to_stop(ModelBatch.Rest.SKIPPED, reason, timezone.now()):
        tasks.work_batches.delay_on_commit(agent.pk)  # type: ignore[attr-defined]
        messages.info(request, "The batch is being cancelled. What it has answered is kept.")
    else:
        messages.warning(request, "The batch has ended, or is being stopped already.")
    return to_day(agent, run.day)


@agent_page(Role.MANAGER)
@require_POST
def live(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Ask what a batch still has by live calls at once, and stop the batch."""
    batch, run = batch_of(agent, key)
    moved = switch_to_live(batch, reviewer_of(request).username, timezone.now())
    if moved:
        tasks.work_batches.delay_on_commit(agent.pk)  # type: ignore[attr-defined]
        tasks.work_reviews.delay_on_commit(agent.pk)  # type: ignore[attr-defined]
        messages.info(request, f"Left to live calls: {moved} review{'s' if moved > 1 else ''}.")
    else:
        messages.warning(request, "The batch has nothing left that could be asked live.")
    return to_day(agent, run.day)
