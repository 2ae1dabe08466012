"""Claiming items of the queue: atomic, leased, never both readings of a double by one person."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.prepared import Given, Prepared, execute
from context.models import Agent
from reviews.models import Queue, QueueItem
from reviews.queue.free import claim_first, for_person, free, had_by
from reviews.queue.sampling import redraw

LEASE = timedelta(minutes=15)
State = QueueItem.State
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


FINISH = """
UPDATE reviews_queueitem SET state = %s, finished_at = %s, lease_until = NULL
WHERE id = %s AND state = %s AND claimed_by_id = %s
"""
NEWEST = Prepared(
    lambda: Queue.objects.filter(agent=Given("agent"), date__lte=Given("date")).order_by("-date")[
        :1
    ]
)
OF_DATE = Prepared(lambda: Queue.objects.filter(agent=Given("agent"), date=Given("date")))


class LeaseLost(Exception):
    """The item is no longer this person's: its lease ran out and another took it, or it is done."""


def todays_queue(agent: Agent, now: datetime) -> Queue | None:
    """The newest queue whose date has come in the workspace's time zone."""
    return _of(agent, NEWEST.first(agent=agent.pk, date=agent.local_date(now)))


def queue_for(agent: Agent, now: datetime, queue_date: date | None) -> Queue | None:
    """The queue of a date, or today's."""
    if queue_date is None:
        return todays_queue(agent, now)
    return _of(agent, OF_DATE.first(agent=agent.pk, date=queue_date))


def _of(agent: Agent, queue: Queue | None) -> Queue | None:
    if queue is not None:
        queue.agent = agent
    return queue


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
            return claim_first(queue, user, agent.workspace_id, (now, now + LEASE), ahead=ahead)
        except IntegrityError:  # the same person claimed the other reading in the same moment
            if ahead:
                raise
    return None


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


def finish(item: QueueItem, user: User, at: datetime) -> bool:
    """Mark the item done; False when this person does not hold it."""
    return bool(execute(FINISH, State.DONE, at, item.pk, State.CLAIMED, user.pk))


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
