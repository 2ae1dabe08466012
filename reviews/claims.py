"""Claiming items of the queue: atomic, leased, never both readings of a double by one person."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.members import active_members
from accounts.models import User
from context.models import Agent
from reviews.models import Queue, QueueItem
from reviews.models.queue import TO_CLAIM
from reviews.sampling import redraw

LEASE = timedelta(minutes=15)
State = QueueItem.State
# What it selects is what it updates: a claim is one statement, whoever else is claiming.
CLAIM_FIRST = """
UPDATE reviews_queueitem
SET state = %s, claimed_by_id = %s, ahead = %s, claimed_at = %s, lease_until = %s
WHERE id = COALESCE(({mine}), ({anyones})) RETURNING id
"""
FREED = {
    "state": State.OPEN,
    "claimed_by": None,
    "claimed_at": None,
    "lease_until": None,
    "ahead": False,
}
LOADED = (
    "queue__agent__workspace",
    "stratum",
    "conversation__release",
    "review__scorecard",
    "review__judge",
    "claimed_by",
    "assigned_to",
)


class LeaseLost(Exception):
    """The item is no longer this person's: its lease ran out and another took it, or it is done."""


def todays_queue(agent: Agent, now: datetime) -> Queue | None:
    """The newest queue whose date has come in the workspace's time zone."""
    return agent.queues.filter(date__lte=agent.local_date(now)).order_by("-date").first()


def queue_for(agent: Agent, now: datetime, queue_date: date | None) -> Queue | None:
    """The queue of a date, or today's."""
    if queue_date is None:
        return todays_queue(agent, now)
    return agent.queues.filter(date=queue_date).first()


def free(now: datetime) -> Q:
    """Items that nobody holds: open ones, and claimed ones whose lease ran out."""
    return Q(state=State.OPEN) | Q(state=State.CLAIMED, lease_until__lte=now)


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


def _candidates(queue: Queue, user: User, now: datetime) -> QuerySet[QueueItem]:
    """Free items of the queue in order, without conversations this person has already had."""
    unfinished = queue.items.filter(state__in=TO_CLAIM)  # the condition of their index
    return unfinished.filter(free(now)).exclude(had_by(user)).order_by("position", "slot")


def waiting_for(agent: Agent, user: User, now: datetime) -> int:
    """How many items of today's queue this person can still decide: free ones and their own."""
    newest = Queue.objects.filter(agent=agent, date__lte=agent.local_date(now)).order_by("-date")
    mine_or_free = free(now) | Q(state=State.CLAIMED, claimed_by=user)
    theirs = for_person(user, agent.workspace_id)
    items = QueueItem.objects.filter(mine_or_free, theirs, queue_id__in=newest.values("pk")[:1])
    return items.exclude(had_by(user)).count()


def claim_next(
    agent: Agent,
    user: User,
    now: datetime,
    *,
    queue_date: date | None = None,
    ahead: bool = False,
) -> QueueItem | None:
    """Claim the next free item of today's queue (or of a date's) for 15 minutes.

    None when nothing is left for this person. Every call claims another item; what a person
    already holds is `held_item`. With `ahead` the item is marked as the one after that which the
    person works on; raises IntegrityError when they have such a one.
    """
    key = claim_next_key(agent, user, now, queue_date=queue_date, ahead=ahead)
    return loaded(key) if key is not None else None


def claim_next_key(
    agent: Agent,
    user: User,
    now: datetime,
    *,
    queue_date: date | None = None,
    ahead: bool = False,
) -> int | None:
    """As `claim_next`, for callers that read what they need of the item themselves."""
    queue = queue_for(agent, now, queue_date)
    while queue is not None:
        try:
            return _claim_first(_candidates(queue, user, now), user, agent, now, ahead)
        except IntegrityError:  # the same person claimed the other reading in the same moment
            if ahead:
                raise
    return None


def _claim_first(
    candidates: QuerySet[QueueItem], user: User, agent: Agent, now: datetime, ahead: bool
) -> int | None:
    """Claim the first of these items that is assigned to this person, else the first for anyone;
    on PostgreSQL one that nobody else is claiming right now, so that thirty people do not all wait
    for the same.
    """
    mine, mine_values = _first(candidates.filter(assigned_to=user))
    anyones, values = _first(candidates.filter(for_anyone(agent.workspace_id)))
    times = [connection.ops.adapt_datetimefield_value(moment) for moment in (now, now + LEASE)]
    with connection.cursor() as cursor:
        statement = CLAIM_FIRST.format(mine=mine, anyones=anyones)
        claimed = [State.CLAIMED, user.pk, ahead, *times]
        cursor.execute(statement, [*claimed, *mine_values, *values])
        return next((key for (key,) in cursor.fetchall()), None)


def _first(candidates: QuerySet[QueueItem]) -> tuple[str, tuple[Any, ...]]:
    """The statement that selects the key of the first of these, with its values."""
    statement, values = candidates.values("pk")[:1].query.sql_with_params()
    if connection.features.has_select_for_update_skip_locked:
        statement += " FOR UPDATE SKIP LOCKED"
    return statement, values


def _take(item: QueueItem, user: User, now: datetime) -> bool:
    """Claim one item if it is still free for this person: a conditional UPDATE, so only one of two
    succeeds.
    """
    theirs = for_person(user, item.queue.agent.workspace_id)
    rows = QueueItem.objects.filter(free(now), theirs, pk=item.pk).exclude(had_by(user))
    try:
        with transaction.atomic():
            return bool(
                rows.update(
                    state=State.CLAIMED,
                    claimed_by=user,
                    claimed_at=now,
                    lease_until=now + LEASE,
                    ahead=False,
                )
            )
    except IntegrityError:  # this person has the other reading
        return False


def loaded(key: int) -> QueueItem:
    """An item with what the desk and the API show of it."""
    return QueueItem.objects.select_related(*LOADED).get(pk=key)


def held_item(
    agent: Agent, user: User, now: datetime, *, queue_date: date | None = None
) -> QueueItem | None:
    """The item this person is at work on in today's queue (or a date's), its lease renewed."""
    queue = queue_for(agent, now, queue_date)
    if queue is None:
        return None
    held = queue.items.filter(state=State.CLAIMED, claimed_by=user).order_by(
        "ahead", "position", "slot"
    )
    for item in held[:1]:
        if begin(item, user, now) or renew(item, user, now):
            return loaded(item.pk)
    return None


def claim(item: QueueItem, user: User, now: datetime) -> QueueItem:
    """Claim this very item, or renew the claim; raises LeaseLost when it is not to be had."""
    had = begin(item, user, now) or renew(item, user, now)
    if not had and not _take(item, user, now):
        raise LeaseLost("This item is another person's, or is finished.")
    return loaded(item.pk)


def mine(item: QueueItem, user: User) -> QuerySet[QueueItem]:
    """The item's row, as long as this person holds it."""
    return QueueItem.objects.filter(pk=item.pk, state=State.CLAIMED, claimed_by=user)


def renew(item: QueueItem, user: User, now: datetime) -> bool:
    """Extend the lease of an item this person holds; False when it was lost."""
    return bool(mine(item, user).update(lease_until=now + LEASE))


def begin(item: QueueItem, user: User, now: datetime) -> bool:
    """Make the item this person claimed ahead the one they work on; False when it is not ahead."""
    ahead = mine(item, user).filter(ahead=True)
    return bool(ahead.update(ahead=False, claimed_at=now, lease_until=now + LEASE))


def release_item(item: QueueItem, user: User) -> None:
    """Put an item back into the queue; raises LeaseLost when this person does not hold it."""
    if not mine(item, user).update(**FREED):
        raise LeaseLost("You do not hold this item any more.")


@transaction.atomic
def skip_item(item: QueueItem, user: User, reason: str, now: datetime) -> QueueItem | None:
    """Skip an item for a reason and draw the next one of its stratum in its place.

    Returns the replacement, or None when the stratum has no more. Raises ValueError without a
    reason and LeaseLost when this person does not hold the item.
    """
    if not reason.strip():
        raise ValueError("A skip needs a reason.")
    skipped = {
        "state": State.SKIPPED,
        "skip_reason": reason.strip()[:300],
        "finished_at": now,
        "lease_until": None,
    }
    if not mine(item, user).update(**skipped):
        raise LeaseLost("You do not hold this item any more.")
    return redraw(item)
