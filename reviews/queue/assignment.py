"""Assigning the day's items: to a person, to anyone, or spread over the reviewers by goals."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet

from accounts import audit
from accounts.members import active_members, membership
from accounts.models import Role, User
from reviews.models import Queue, QueueItem
from reviews.queue.free import for_person, free, had_by
from reviews.team.goals import goals_of

State = QueueItem.State
FASTER = "Somebody else assigned at the same time: look again."


class AssignmentRefused(Exception):
    """What this person may not assign, or not to that one."""


class Unassigned(NamedTuple):
    """An item that waits for a person, and those who must not get it: its other reader."""

    key: int
    conversation: int
    barred: frozenset[int]


def free_items(queue: Queue, now: datetime) -> QuerySet[QueueItem]:
    """The items that nobody holds, in order."""
    return queue.items.filter(free(now)).order_by("position", "slot")


def assign(
    queue: Queue, keys: Iterable[int], assignee: User | None, *, by: User, at: datetime
) -> int:
    """Assign these items to a person, or to nobody; returns how many were.

    Only free ones, and of a double only the reading that the person may have. A manager assigns to
    anyone who reviews here; a reviewer takes what is for anyone and gives back what is theirs.
    Raises AssignmentRefused.
    """
    manages = _manages(by, queue)
    if assignee is not None and not _reviews(assignee, queue):
        raise AssignmentRefused(f"{assignee} does not review here.")
    if not manages and assignee not in (None, by):
        raise AssignmentRefused("Only a manager assigns items to others.")
    rows = free_items(queue, at).filter(pk__in=list(keys))
    if not manages:
        rows = rows.filter(for_person(by, queue.agent.workspace_id))
        rows = rows if assignee else rows.filter(assigned_to=by)
    with transaction.atomic():
        count = _write(rows, assignee)
        if count:
            _trail(queue, by, at, f"{count} to {assignee or 'anyone'}")
    return count


def _write(rows: QuerySet[QueueItem], assignee: User | None) -> int:
    """Write one assignee; of a double chosen whole, the first reading. What the rows have to be is
    a condition of the UPDATE too, so of two people who take one item only one has it.
    """
    if assignee is None:
        return rows.exclude(assigned_to=None).update(assigned_to=None)
    rows = rows.exclude(had_by(assignee))
    first: dict[int, int] = {}
    for key, conversation in rows.values_list("pk", "conversation"):
        first.setdefault(conversation, key)
    try:
        with transaction.atomic():
            return rows.filter(pk__in=first.values()).update(assigned_to=assignee)
    except IntegrityError:  # somebody assigned the other reading in the same moment
        raise AssignmentRefused(FASTER) from None


def spread_evenly(queue: Queue, keys: Iterable[int] | None, *, by: User, at: datetime) -> int:
    """Spread these items, or all free ones that are for anyone, over the reviewers by their goals;
    returns how many found a person. Raises AssignmentRefused: for managers alone.
    """
    if not _manages(by, queue):
        raise AssignmentRefused("Only a manager assigns items to others.")
    rows = free_items(queue, at)
    rows = rows.filter(assigned_to=None) if keys is None else rows.filter(pk__in=list(keys))
    members = list(active_members(queue.agent.workspace).order_by("user__username"))
    goals = goals_of(queue.agent, at)
    shares = {one.user_id: goals.of(one.user_id, queue.date) for one in members}
    found = spread(_unassigned(queue, rows), shares, _loads(queue, exclude=rows))
    with transaction.atomic():
        _write_all(found, at)
        if found:
            _trail(queue, by, at, f"{len(found)} spread by goals")
    return len(found)


def _write_all(found: Mapping[int, int], at: datetime) -> None:
    """Write who gets what; first to nobody, so that two readings may change hands."""
    chosen = QueueItem.objects.filter(free(at), pk__in=found)
    try:
        with transaction.atomic():
            chosen.update(assigned_to=None)
            for person in sorted(set(found.values())):
                theirs = [key for key, one in found.items() if one == person]
                chosen.filter(pk__in=theirs).update(assigned_to=person)
    except IntegrityError:
        raise AssignmentRefused(FASTER) from None


def spread(
    items: Sequence[Unassigned], shares: Mapping[int, int], loads: Mapping[int, int]
) -> dict[int, int]:
    """Who gets which item: each next one goes to the person furthest behind their share.

    `shares` are goals by person (0: none), `loads` what each has already. An item that nobody may
    have is left out. The smallest (load + 1) / goal is next, as seats are shared out by D'Hondt.
    """
    load, found = Counter(loads), dict[int, int]()
    given: dict[int, set[int]] = {}
    for item in items:
        barred = item.barred | given.get(item.conversation, set())
        free_for = [one for one, goal in shares.items() if goal > 0 and one not in barred]
        if not free_for:
            continue
        person = min(free_for, key=lambda one: (load[one] + 1) / shares[one])
        load[person] += 1
        given.setdefault(item.conversation, set()).add(person)
        found[item.key] = person
    return found


def _unassigned(queue: Queue, rows: QuerySet[QueueItem]) -> list[Unassigned]:
    """The items with who must not get them: who has, or had, or keeps the other reading."""
    chosen = list(rows.values_list("pk", "conversation"))
    keys = {key for key, _ in chosen}
    readers: dict[int, list[tuple[int, set[int]]]] = {}
    readings = queue.items.values_list("pk", "conversation", "claimed_by", "assigned_to")
    for key, conversation, claimer, assignee in readings:
        people = {claimer} if key in keys else {claimer, assignee}
        readers.setdefault(conversation, []).append((key, {one for one in people if one}))
    return [
        Unassigned(
            key,
            conversation,
            frozenset().union(*(had for other, had in readers[conversation] if other != key)),
        )
        for key, conversation in chosen
    ]


def _loads(queue: Queue, *, exclude: QuerySet[QueueItem]) -> dict[int, int]:
    """What each person has of the queue already: decided, at work on, or assigned."""
    rest = queue.items.exclude(state=State.SKIPPED).exclude(pk__in=exclude.values("pk"))
    load: Counter[int] = Counter()
    for state, claimer, assignee in rest.values_list("state", "claimed_by", "assigned_to"):
        person = assignee if state == State.OPEN else claimer
        if person:
            load[person] += 1
    return load


def left_to_others(queue: Queue, user: User, now: datetime) -> list[tuple[str, int]]:
    """Free items assigned to other people, by name: what is left, but not for this person."""
    rows = queue.items.filter(free(now)).exclude(for_person(user, queue.agent.workspace_id))
    counted = rows.order_by("assigned_to__username").values_list("assigned_to__username")
    return [(name, count) for name, count in counted.annotate(items=Count("pk"))]


def reviewers_here(queue: Queue) -> list[User]:
    """Who items of the queue can be assigned to, by name."""
    members = active_members(queue.agent.workspace).select_related("user")
    return [member.user for member in members.order_by("user__username")]


def _reviews(user: User, queue: Queue) -> bool:
    return active_members(queue.agent.workspace).filter(user=user).exists()


def _manages(user: User, queue: Queue) -> bool:
    member = membership(user, queue.agent.workspace)
    return member is not None and member.may(Role.MANAGER)


def _trail(queue: Queue, by: User, at: datetime, detail: str) -> None:
    workspace = queue.agent.workspace
    audit.record(workspace, "queue.assigned", str(queue), at=at, user=by, detail=detail)
