"""Wake-ups for workers; what is to be done stands in the rows."""

from celery import shared_task
from django.utils import timezone

from context.models import Agent
from reviews import judge

ROWS_PER_TASK = 500


@shared_task
def work_reviews(agent_id: int | None = None) -> None:
    """Review what waits, of one agent or of all; the next tick wakes a worker for the rest."""
    agent = Agent.objects.select_related("workspace").get(pk=agent_id) if agent_id else None
    judge.work_reviews(agent, timezone.now, max_rows=ROWS_PER_TASK)
