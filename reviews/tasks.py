"""Wake-ups for workers; what is to be done stands in the rows."""

from functools import partial

from celery import Task, shared_task
from django.db.models import QuerySet
from django.utils import timezone

from context.models import Agent
from llm.claims import has_free
from llm.spreading import TASK_TIME, wake_another_once
from llm.states import Route
from reviews.canary import work as canary_work
from reviews.judging import batching, judge
from reviews.models import Review


@shared_task(bind=True)
def work_reviews(task: Task, agent_id: int | None = None) -> None:
    """Review what waits, of one agent or of all; others are woken to help."""
    until = timezone.now() + TASK_TIME
    agent = Agent.objects.select_related("workspace").get(pk=agent_id) if agent_id else None
    wake = partial(work_reviews.delay, agent_id)
    spread = wake_another_once(task, waiting_reviews(agent), wake)
    judge.work_reviews(agent, timezone.now, spread, until=until)


@shared_task
def work_batches(agent_id: int | None = None) -> None:
    """Send and follow batches, of one agent or of all; what they leave out is woken for."""
    agent = Agent.objects.select_related("workspace").get(pk=agent_id) if agent_id else None
    left_out = batching.work_batches(agent, timezone.now)
    if left_out and has_free(waiting_reviews(agent), timezone.now()):
        work_reviews.delay(agent_id)


def waiting_reviews(agent: Agent | None) -> QuerySet[Review]:
    """The reviews that are asked call by call, of one agent or of all."""
    rows = Review.objects.filter(route=Route.LIVE)
    return rows.filter(scorecard__agent=agent) if agent else rows


@shared_task
def work_canary() -> None:
    """Put the canary to the judges it waits for."""
    canary_work.work_canary(None, timezone.now, until=timezone.now() + TASK_TIME)
