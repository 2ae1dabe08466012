"""Working rows through a model: claim, ask, write in small transactions, until nothing is left.

The front of the package for the apps: rows of work (see `llm.claims` for their columns) go in, and
each ends as done, failed, skipped, or pending again with a wait. No transaction is open while a
call is under way, and nothing is counted as done that was not written.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db.models import QuerySet

from llm import claims
from llm.budget import Budget, installation_budget
from llm.claims import (
    Row,
    claim,
    new_worker,
    progress,
    release_expired,
    reopen,
    skip_waiting,
    write,
)
from llm.outcomes import Finish, Outcome, Tally
from llm.pipeline import Job, Pipeline, Prepare

__all__ = [
    "Finish",
    "Outcome",
    "Prepare",
    "Tally",
    "claim",
    "new_worker",
    "progress",
    "release_expired",
    "reopen",
    "run",
    "skip_waiting",
    "write",
]

# Renewed every third of it while calls are under way, so it only bounds how long the rows of a
# worker that was killed lie idle.
LEASE = timedelta(minutes=2)


def run(
    queryset: QuerySet[Any],
    prepare: Prepare,
    finish: Finish,
    *,
    now_fn: Callable[[], datetime],
    concurrency: int | None = None,
    limit: int | None = None,
    worker: str | None = None,
    on_progress: Callable[[Tally], None] | None = None,
    budget: Sequence[Budget] = (),
    lease: timedelta = LEASE,
    max_rows: int | None = None,
    until: datetime | None = None,
) -> Tally:
    """Claim and work rows, `limit` at a time, until none is free or `max_rows` were taken; from the
    moment `until` on none is taken.

    Without `limit` it is as many as may be asked at once, or twice that while calls run out: rows
    taken further ahead would be kept from other workers at the end. `on_progress` is called when
    rows were claimed or written.

    `prepare(row)` builds the call; an exception it raises fails the row. `finish` gets rows with
    their Reply, or the exception that failed them, and writes what the domain makes of them: it is
    called inside the short transaction that also ends the rows. If it raises, the batch is written
    row by row, and only the rows that raise fail. It never sees rows that are put back because the
    model could not be reached, or skipped because a budget or a missing price forbade the call.
    Every call is also counted against the installation's own cap.

    Work of several calls sets its row's state back to pending in `finish`, and free to claim: such
    rows are claimed again in the same run, and `prepare` builds their next call.
    """
    name = worker or new_worker()
    at_once = concurrency or settings.LLM_CONCURRENCY
    rows = _claims(queryset, name, now_fn, lease, limit, max_rows, until)
    caps = (*budget, installation_budget(now_fn()))
    job = Job(rows, prepare, finish, name, at_once, now_fn, lease, caps, on_progress)
    try:
        return async_to_sync(Pipeline(job).work)()
    finally:
        claims.release(name, queryset)


def _claims(
    queryset: QuerySet[Any],
    worker: str,
    now_fn: Callable[[], datetime],
    lease: timedelta,
    limit: int | None,
    max_rows: int | None,
    until: datetime | None,
) -> Callable[[int], list[Row]]:
    """Return what claims the next rows each time it is called: as many as are wanted, `limit` at
    most, up to `max_rows` in all and none from `until` on.
    """
    taken = 0

    def next_rows(wanted: int) -> list[Row]:
        nonlocal taken
        most = [limit or wanted, wanted if max_rows is None else max_rows - taken]
        size, now = min(wanted, *most), now_fn()
        if size < 1 or (until is not None and now >= until):
            return []
        rows = claim(queryset, now=now, lease=lease, limit=size, worker=worker)
        taken += len(rows)
        return rows

    return next_rows
