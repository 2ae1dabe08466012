"""What reviewers did in a period, as rows: their own readings, skips and doubles."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate

from context.models import Agent
from reviews.models import QueueItem, Verdict
from reviews.queue.claims import LEASE

LONGEST = int(LEASE.total_seconds())  # seconds one item counts at most: beyond, nobody sat there
ONE_DAY = timedelta(days=1)
OWN = Q(withdrawn_at=None) | Q(superseded_by__isnull=False)  # given, and not undone


@dataclass(frozen=True)
class Reading:
    """One verdict a person gave themselves."""

    reviewer: int
    day: date
    passed: bool
    seconds: int
    stands: bool
    overturned: bool


@dataclass(frozen=True)
class Double:
    """A conversation that two people read, and whether both said the same: passed or failed."""

    readers: frozenset[int]
    same: bool


def between(agent: Agent, first: date, last: date) -> tuple[datetime, datetime]:
    """The moments at which the first day begins and the last one ends."""
    zone = agent.workspace.zone
    return (
        datetime.combine(first, time.min, zone),
        datetime.combine(last + ONE_DAY, time.min, zone),
    )


def readings_of(agent: Agent, first: date, last: date) -> list[Reading]:
    """Verdicts that people gave in the period, decisions of disputes aside."""
    start, end = between(agent, first, last)
    rows = Verdict.objects.filter(
        scorecard__agent=agent, created_at__gte=start, created_at__lt=end, supersedes=None
    ).values_list("reviewer", "created_at", "passed", "seconds", "withdrawn_at", "superseded_by")
    return [
        Reading(
            reviewer=reviewer,
            day=agent.local_date(at),
            passed=passed,
            seconds=min(seconds, LONGEST),
            stands=withdrawn is None or successor is not None,
            overturned=successor is not None,
        )
        for reviewer, at, passed, seconds, withdrawn, successor in rows
    ]


def skips_of(agent: Agent, first: date, last: date) -> Counter[int]:
    """Items skipped in the period, by person."""
    start, end = between(agent, first, last)
    rows = QueueItem.objects.filter(
        queue__agent=agent,
        state=QueueItem.State.SKIPPED,
        finished_at__gte=start,
        finished_at__lt=end,
        claimed_by__isnull=False,
    )
    counted = rows.order_by().values_list("claimed_by").annotate(rows=Count("pk"))
    return Counter(dict(counted))


def doubles_of(agent: Agent, first: date, last: date) -> list[Double]:
    """The doubles of which the second reading was given in the period; each reading counts as it
    was first given, whatever a dispute decided later.
    """
    start, end = between(agent, first, last)
    rows = Verdict.objects.filter(
        OWN,
        scorecard__agent=agent,
        supersedes=None,
        created_at__lt=end,
        item__queue__items__slot=2,
        item__queue__items__conversation=F("conversation"),
        item__queue__date__gte=first - ONE_DAY,
    ).values_list("item__queue", "conversation", "reviewer", "passed", "created_at")
    pairs: dict[tuple[int, int], list[tuple[int, bool, datetime]]] = defaultdict(list)
    for queue, conversation, reviewer, passed, at in rows:
        pairs[queue, conversation].append((reviewer, passed, at))
    return [
        Double(frozenset(who for who, _, _ in pair), pair[0][1] == pair[1][1])
        for pair in pairs.values()
        if len(pair) == 2 and max(at for _, _, at in pair) >= start
    ]


def queue_days_of(agent: Agent, first: date, last: date) -> list[date]:
    """The days on which there was something to review."""
    rows = agent.queues.filter(date__range=(first, last)).order_by("date")
    return list(rows.values_list("date", flat=True))


def weekly_of(agent: Agent, first: date, last: date) -> Counter[tuple[int, date]]:
    """Items decided by person and day."""
    start, end = between(agent, first, last)
    rows = Verdict.objects.filter(
        OWN, scorecard__agent=agent, created_at__gte=start, created_at__lt=end, supersedes=None
    ).annotate(day=TruncDate("created_at", tzinfo=agent.workspace.zone))
    counted = rows.order_by().values_list("reviewer", "day").annotate(rows=Count("pk"))
    return Counter({(reviewer, day): count for reviewer, day, count in counted})
