"""Wake-ups for workers; what is to be done stands in the rows."""

from celery import shared_task
from django.utils import timezone

from context.models import Agent
from conversations import briefs, capture

ROWS_PER_TASK = 500


def agent_of(agent_id: int | None) -> Agent | None:
    """The agent a task is about; None means all of them."""
    return Agent.objects.select_related("workspace").get(pk=agent_id) if agent_id else None


@shared_task
def work_briefs(agent_id: int | None = None) -> None:
    """Write the handover briefs that wait; the next tick wakes a worker for the rest."""
    briefs.work_briefs(agent_of(agent_id), timezone.now, max_rows=ROWS_PER_TASK)


@shared_task
def work_captures(agent_id: int | None = None) -> None:
    """Look for new facts in the handovers that wait; the next tick wakes a worker for the rest."""
    capture.work_captures(agent_of(agent_id), timezone.now, max_rows=ROWS_PER_TASK)
