"""Rows of work in the database: who holds which, until when, and how each ended.

A row is of any model with the columns `state` (pending, working, done, failed, skipped),
`lease_until` (null or a time), `attempts`, `error` and `claimed_by` (32 characters, empty when
free). The row is the truth: whoever claims it holds it until the lease runs out, and only the
holder may finish it or put it back. A claim is a conditional UPDATE, the same on SQLite and
PostgreSQL.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Count, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Concat

from llm.states import WorkState

Row = Any  # a row of work: any model with the columns above

MAX_ATTEMPTS = 12
_FREE = {"lease_until": None, "claimed_by": ""}


def new_worker() -> str:
    """Return a name for one worker of rows, unique so that no two can hold the same claim."""
    return uuid.uuid4().hex


def claim(
    queryset: QuerySet[Any], *, now: datetime, lease: timedelta, limit: int, worker: str
) -> list[Row]:
    """Claim at most `limit` rows for `worker` until `now + lease`, in the queryset's order.

    Free are pending rows whose wait is over and working rows whose lease ran out; those claimed too
    often become failed once no other is left. What the queryset selects and prefetches is kept. It
    must not filter on the state, which changes here.
    """
    free = _free(now)
    with transaction.atomic():
        candidates = queryset.filter(free, attempts__lt=MAX_ATTEMPTS)
        if connection.features.has_select_for_update_skip_locked:
            candidates = candidates.select_for_update(skip_locked=True, of=("self",))
        rows = list(candidates[:limit])
        if not rows:
            _give_up(queryset.filter(free, attempts__gte=MAX_ATTEMPTS))
            return []
        update = {"state": WorkState.WORKING, "lease_until": now + lease, "claimed_by": worker}
        same = queryset.model._base_manager.filter(pk__in=[row.pk for row in rows])
        count = same.filter(free).update(attempts=F("attempts") + 1, **update)
        if count != len(rows):  # another worker got there first
            held = held_by(worker, rows)
            rows = [row for row in rows if row.pk in held]
    for row in rows:
        row.state, row.lease_until, row.claimed_by = WorkState.WORKING, now + lease, worker
        row.attempts += 1
    return rows


def _free(now: datetime) -> Q:
    """Condition of the rows that nobody holds at `now` and that need not wait any longer."""
    waited = Q(lease_until=None) | Q(lease_until__lte=now)
    return Q(state=WorkState.PENDING) & waited | Q(state=WorkState.WORKING, lease_until__lte=now)


def has_free(queryset: QuerySet[Any], now: datetime) -> bool:
    """Whether a worker could claim a row now."""
    return queryset.filter(_free(now)).exists()


def _give_up(rows: QuerySet[Any]) -> None:
    """Fail rows that were claimed too often; the last error says why, a lost worker leaves none."""
    lost = Value("its worker never came back", output_field=TextField())
    last = Case(When(error="", then=lost), default=F("error"), output_field=TextField())
    given_up = Value(f"given up after {MAX_ATTEMPTS} attempts: ", output_field=TextField())
    error = Concat(given_up, last, output_field=TextField())
    rows.update(state=WorkState.FAILED, error=error, **_FREE)


def held_by(worker: str, rows: Sequence[Row], *, lock: bool = False) -> set[Any]:
    """Return the keys of those `rows` that `worker` still holds, locked to the commit if asked."""
    if not rows:
        return set()
    mine = _mine(worker, rows)
    if lock and connection.features.has_select_for_update:
        mine = mine.select_for_update()
    return set(mine.values_list("pk", flat=True))


def _mine(worker: str, rows: Sequence[Row]) -> QuerySet[Any]:
    """Select those of `rows`, all of one model, that `worker` still holds."""
    model = type(rows[0])
    keys = [row.pk for row in rows]
    return model._base_manager.filter(pk__in=keys, state=WorkState.WORKING, claimed_by=worker)


def end(worker: str, rows: Sequence[Row], state: WorkState) -> int:
    """Give rows that `worker` holds their last state without an error; returns how many."""
    return _mine(worker, rows).update(state=state, error="", **_FREE) if rows else 0


def end_with_error(worker: str, row: Row, state: WorkState, error: str) -> None:
    """Give a row that `worker` holds its last state and the error that led to it."""
    _mine(worker, [row]).update(state=state, error=error, **_FREE)


def put_back(worker: str, row: Row, error: str, next_try: datetime) -> None:
    """Return a row to pending with the error noted; nobody takes it before `next_try`."""
    back = {"state": WorkState.PENDING, "claimed_by": "", "lease_until": next_try, "error": error}
    _mine(worker, [row]).update(**back)


def release(worker: str, queryset: QuerySet[Any]) -> int:
    """Free what `worker` still holds, as if it had never been claimed; returns how many."""
    mine = queryset.filter(state=WorkState.WORKING, claimed_by=worker)
    return mine.update(state=WorkState.PENDING, attempts=F("attempts") - 1, **_FREE)


def renew(worker: str, rows: Sequence[Row], lease_until: datetime) -> None:
    """Extend the lease of rows that `worker` holds and is still waiting for."""
    if rows:
        _mine(worker, rows).update(lease_until=lease_until)


def release_expired(queryset: QuerySet[Any], now: datetime) -> int:
    """Free the rows whose worker never came back; returns how many."""
    return queryset.filter(state=WorkState.WORKING, lease_until__lte=now).update(
        state=WorkState.PENDING, **_FREE
    )


def reopen(queryset: QuerySet[Any]) -> int:
    """Make failed and skipped rows pending again, with all their attempts; returns how many."""
    ended = queryset.filter(state__in=(WorkState.FAILED, WorkState.SKIPPED))
    return ended.update(state=WorkState.PENDING, attempts=0, error="", **_FREE)


def skip_waiting(queryset: QuerySet[Any], error: str) -> int:
    """Skip the rows that wait, for the reason given; returns how many. Held ones go on."""
    waiting = queryset.filter(state=WorkState.PENDING)
    return waiting.update(state=WorkState.SKIPPED, error=error, **_FREE)


def progress(queryset: QuerySet[Any]) -> dict[str, int]:
    """Count rows by state; every state is there, also with 0."""
    counted = queryset.order_by().values_list("state").annotate(rows=Count("pk"))
    return dict.fromkeys(WorkState.values, 0) | dict(counted)


def write(rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Write what these columns of saved rows, all of one model, hold now: one statement.

    An upsert on the key; the CASE expressions of `bulk_update` take ten times as long to build.
    """
    if rows:
        type(rows[0])._base_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=list(columns)
        )
