"""Wake-ups for workers; what is to be done stands in the rows."""

from datetime import timedelta

from celery import Task, shared_task
from django.db.models import Q
from django.utils import timezone

from context.models import Agent
from llm.states import Route, WorkState
from llm.work import Tally
from reviews import batching, canary_work, judge
from reviews.models import Review

# Far below Celery's visibility timeout, so that no message is given to a second worker; long enough
# that a night of ten thousand is one task a worker.
TASK_TIME = timedelta(minutes=5)


@shared_task(bind=True)
def work_reviews(task: Task, agent_id: int | None = None) -> None:
    """Review what waits, of one agent or of all.

    Once it has claimed its first rows, another worker is woken for what is still free: a night
    spreads over the workers there are, and a task that finds nothing wakes nobody.
    """
    until = timezone.now() + TASK_TIME
    agent = Agent.objects.select_related("workspace").get(pk=agent_id) if agent_id else None
    woken = task.request.is_eager or task.request.called_directly

    def wake_another(_: Tally) -> None:
        nonlocal woken
        if not woken and has_free_rows(agent):
            work_reviews.delay(agent_id)
        woken = True

    judge.work_reviews(agent, timezone.now, wake_another, until=until)


@shared_task
def work_batches(agent_id: int | None = None) -> None:
    """Send and follow batches, of one agent or of all; what they leave out is woken for."""
    agent = Agent.objects.select_related("workspace").get(pk=agent_id) if agent_id else None
    if batching.work_batches(agent, timezone.now) and has_free_rows(agent):
        work_reviews.delay(agent_id)


def has_free_rows(agent: Agent | None) -> bool:
    """Whether reviews wait that a worker could take now."""
    waited = Q(lease_until=None) | Q(lease_until__lte=timezone.now())
    free = Review.objects.filter(waited, route=Route.LIVE, state=WorkState.PENDING)
    return (free.filter(scorecard__agent=agent) if agent else free).exists()


@shared_task
def work_canary() -> None:
    """Put the canary to the judges it waits for."""
    canary_work.work_canary(None, timezone.now, until=timezone.now() + TASK_TIME)
