"""How work spreads: a worker that has found some wakes the next for what is left."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone

from llm.claims import has_free

if TYPE_CHECKING:
    from celery import Task

# Far below Celery's visibility timeout, so that no message is given to a second worker; long enough
# that a night of ten thousand is one task a worker.
TASK_TIME = timedelta(minutes=5)


def wake_another_once(
    task: "Task", rows: QuerySet[Any], wake: Callable[[], object]
) -> Callable[[object], None]:
    """Return what a task calls when it has claimed or written rows: the first time, it wakes
    another worker if rows are still free.

    So a night or a run spreads over the workers there are, and a task that finds nothing wakes
    nobody. A task that is worked where it was asked for has no others to wake.
    """
    woken = bool(task.request.is_eager or task.request.called_directly)

    def wake_another(_: object) -> None:
        nonlocal woken
        if not woken and has_free(rows, timezone.now()):
            wake()
        woken = True

    return wake_another
