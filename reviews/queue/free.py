"""Which items of a queue are free for whom, and the one statement that claims the first of them."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.members import active_members
from accounts.models import User
from accounts.prepared import planned_once, stored, with_constants
from reviews.models import Queue, QueueItem
from reviews.models.queue import TO_CLAIM

# What it selects is what it updates: a claim is one statement, whoever else is claiming.
CLAIM_FIRST = """
UPDATE reviews_queueitem
SET state = %s, claimed_by_id = %s, ahead = %s, claimed_at = %s, lease_until = %s
WHERE id = COALESCE(({mine}), ({anyones})) RETURNING id
"""
# Stand in for a person, a queue, a workspace and a moment in the statement that is built once.
ANYBODY, A_QUEUE, A_WORKSPACE = -1, -2, -3
EVER = datetime(1, 1, 2, tzinfo=UTC)


def free(now: datetime) -> Q:
    """Items that nobody holds: open ones, and claimed ones whose lease ran out."""
    return Q(state=QueueItem.State.OPEN) | Q(state=QueueItem.State.CLAIMED, lease_until__lte=now)


def had_by(user: User) -> Exists:
    """Condition of items whose other reading this person has, has had, or is assigned."""
    others = QueueItem.objects.filter(
        Q(claimed_by=user) | Q(assigned_to=user),
        queue=OuterRef("queue"),
        conversation=OuterRef("conversation"),
    )
    return Exists(others.exclude(pk=OuterRef("pk")))


def for_anyone(workspace_id: int) -> Q:
    """Items that are assigned to nobody, or to somebody who cannot review here any more."""
    present = active_members(workspace_id).filter(user=OuterRef("assigned_to"))
    return Q(assigned_to=None) | Q(~Exists(present))


def for_person(user: User, workspace_id: int) -> Q:
    """Items that this person may take: their own, and those for anyone."""
    return Q(assigned_to=user) | for_anyone(workspace_id)


def candidates(queue: Queue, user: User, now: datetime) -> QuerySet[QueueItem]:
    """Free items of the queue in order, without conversations this person has already had."""
    unfinished = queue.items.filter(state__in=TO_CLAIM)  # the condition of their index
    return unfinished.filter(free(now)).exclude(had_by(user)).order_by("position", "slot")


def claim_first(
    queue: Queue, user: User, workspace_id: int, lease: tuple[datetime, datetime], *, ahead: bool
) -> int | None:
    """Claim the first item that is assigned to this person, else the first for anyone; its key, or
    None. `lease` is now and until when; raises IntegrityError when they have its other reading.
    """
    moment, until = map(stored, lease)
    statement, values = _claim_statement()
    known = {ANYBODY: user.pk, A_QUEUE: queue.pk, A_WORKSPACE: workspace_id}
    known[stored(EVER)] = moment
    found = [known.get(value, value) for value in values]
    with planned_once() as cursor:
        cursor.execute(statement, [QueueItem.State.CLAIMED, user.pk, ahead, moment, until, *found])
        return next((key for (key,) in cursor.fetchall()), None)


@cache
def _claim_statement() -> tuple[str, list[Any]]:
    """The statement of a claim and its values, with stand-ins for those that differ from claim to
    claim. It is built once: that takes ten times as long as running it.
    """
    free_ones = candidates(Queue(pk=A_QUEUE), User(pk=ANYBODY), EVER)
    mine, values = _first(free_ones.filter(assigned_to=ANYBODY))
    anyones, more = _first(free_ones.filter(for_anyone(A_WORKSPACE)))
    return CLAIM_FIRST.format(mine=mine, anyones=anyones), [*values, *more]


def _first(rows: QuerySet[QueueItem]) -> tuple[str, list[Any]]:
    """The statement that selects the key of the first of these, with its values; on PostgreSQL of
    one that nobody else is claiming right now, so that thirty people do not all wait for the same.
    """
    statement, values = with_constants(*rows.values("pk")[:1].query.sql_with_params())
    if connection.features.has_select_for_update_skip_locked:
        statement += " FOR UPDATE SKIP LOCKED"
    return statement, values
