"""The item after this one: claimed ahead while a person works, so that it is there at once."""

from datetime import datetime

from django.db import IntegrityError
from django.db.models import QuerySet

from accounts.models import User
from reviews.models import Queue, QueueItem
from reviews.queue.claims import FREED, LEASE, claim_next, loaded, mine


def held_in(queue: Queue, user: User) -> QuerySet[QueueItem]:
    """What this person holds in a queue: what they work on first, the one ahead last."""
    held = queue.items.filter(state=QueueItem.State.CLAIMED, claimed_by=user)
    return held.order_by("ahead", "position", "slot")


def item_after(item: QueueItem, user: User, now: datetime) -> QueueItem | None:
    """The item this person gets after `item`, leased: another they hold, else the next free one,
    marked as ahead. None when nothing is left for them.

    However often and from however many tabs it is asked, a person has one item ahead at most.
    """
    if held := _held_besides(item, user, now):
        return held
    queue = item.queue
    try:
        return claim_next(queue.agent, user, now, queue_date=queue.date, ahead=True)
    except IntegrityError:  # another tab was faster: its item is the one ahead
        return _held_besides(item, user, now)


def _held_besides(item: QueueItem, user: User, now: datetime) -> QueueItem | None:
    for other in held_in(item.queue, user).exclude(pk=item.pk)[:1]:
        if mine(other, user).update(lease_until=now + LEASE):
            return loaded(other.pk)
    return None


def renew_all(queue: Queue, user: User, now: datetime) -> None:
    """Extend the leases of all this person holds in a queue."""
    held_in(queue, user).order_by().update(lease_until=now + LEASE)


def give_back_ahead(queue: Queue, user: User) -> int:
    """Put the item this person has ahead back into the queue; returns how many that were."""
    return held_in(queue, user).filter(ahead=True).order_by().update(**FREED)
