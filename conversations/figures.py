"""The weekly figures, from the daily counts alone: their cost does not grow with the conversations.

Definitions, with what each is a share of: docs/conversations.md.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from context.measurements import week_counts
from context.models import Agent, Figure, Publication
from stats.intervals import Interval, mean_interval, wilson_interval

WEEK = timedelta(days=7)
PROVISIONAL_DAYS = 10
CSAT_SCALE = (1.0, 5.0)


@dataclass(frozen=True)
class Count:
    """Counts of one figure that add up: n, the sum, and the sum of squares."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0


Counts = dict[str, Count]


@dataclass(frozen=True)
class FigureValue:
    """A figure of one week: rates between 0 and 1, CSAT from 1 to 5, cost in dollars.

    `low` and `high` are the 95 % interval; None where the data cannot carry one (`reason`).
    """

    value: float | None
    n: int
    low: float | None
    high: float | None
    reason: str = ""

    @classmethod
    def of(cls, interval: Interval) -> "FigureValue":
        """The figure that an interval is about."""
        return cls(interval.estimate, interval.n, interval.low, interval.high, interval.reason)


@dataclass(frozen=True)
class WeekFigures:
    """All figures of one ISO week in the workspace's time zone."""

    week: str
    monday: date
    n: int
    provisional: bool
    figures: dict[str, FigureValue] = field(default_factory=dict)
    releases: list[int] = field(default_factory=list)


def share(figure: Figure) -> Callable[[Counts], FigureValue]:
    """A rate with Wilson's interval."""

    def of(counts: Counts) -> FigureValue:
        count = counts.get(figure, Count())
        return FigureValue.of(wilson_interval(count.total, count.n))

    return of


def mean(figure: Figure, scale: tuple[float, float] | None) -> Callable[[Counts], FigureValue]:
    """A mean with Student's interval."""

    def of(counts: Counts) -> FigureValue:
        count = counts.get(figure, Count())
        return FigureValue.of(mean_interval(count.n, count.total, count.squares, scale))

    return of


def ai_share_of_resolutions(counts: Counts) -> FigureValue:
    """AI-resolved among everything that was resolved, by the AI or by people."""
    ours = counts.get(Figure.AI_RESOLVED, Count()).total
    theirs = counts.get(Figure.HUMAN_RESOLVED, Count()).total
    return FigureValue.of(wilson_interval(ours, round(ours + theirs)))


FIGURES: dict[str, Callable[[Counts], FigureValue]] = {
    "ai_answered": share(Figure.AI_ANSWERED),
    "ai_handover": share(Figure.AI_HANDOVER),
    "ai_handover_cold": share(Figure.AI_HANDOVER_COLD),
    "ai_snooze": share(Figure.AI_SNOOZE),
    "snooze_resolved": share(Figure.SNOOZE_RESOLVED),
    "snooze_handed_over": share(Figure.SNOOZE_HANDED_OVER),
    "snooze_silent": share(Figure.SNOOZE_SILENT),
    "ai_close": share(Figure.AI_CLOSE),
    "ai_ignore": share(Figure.AI_IGNORE),
    "ai_resolved": share(Figure.AI_RESOLVED),
    "ai_share_of_resolutions": ai_share_of_resolutions,
    "assisted_escalations": share(Figure.ASSISTED),
    "csat": mean(Figure.CSAT, CSAT_SCALE),
    "csat_ai": mean(Figure.CSAT_AI, CSAT_SCALE),
    "csat_mixed": mean(Figure.CSAT_MIXED, CSAT_SCALE),
    "csat_human": mean(Figure.CSAT_HUMAN, CSAT_SCALE),
    "response_rate": share(Figure.SURVEYED),
    "reopen": share(Figure.REOPENED),
    "cost_per_conversation": mean(Figure.COST, None),
}


def monday_of(day: date) -> date:
    """The Monday of a day's ISO week."""
    return day - timedelta(days=day.weekday())


def week_name(monday: date) -> str:
    """`2026-W47`."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"


def is_provisional(agent: Agent, monday: date, now: datetime) -> bool:
    """Whether the week's figures may still change: a snooze of 3 days and 7 days to reopen."""
    return agent.local_date(now) < monday + WEEK + timedelta(days=PROVISIONAL_DAYS)


def weekly_figures(
    agent: Agent,
    first_monday: date,
    last_monday: date,
    now: datetime,
    *,
    topic: str | None = None,
    channel: str | None = None,
    language: str | None = None,
    release: int | None = None,
) -> list[WeekFigures]:
    """The figures of each week from the first Monday to the last, oldest first, in two queries.

    `topic`, `channel`, `language` and `release` (its number) narrow them to one segment, of all
    days; with more than one of them it costs a row for every day and segment that is left.
    """
    given = {"topic": topic, "channel": channel, "language": language, "release": release}
    segment = {name: value for name, value in given.items() if value is not None}
    counts = weekly_counts(agent, first_monday, last_monday + WEEK, segment)
    live = releases_live(agent, first_monday, last_monday + WEEK)
    weeks = (last_monday - first_monday).days // 7 + 1
    mondays = [first_monday + WEEK * number for number in range(weeks)]
    return [
        WeekFigures(
            week=week_name(monday),
            monday=monday,
            n=counts[monday].get(Figure.CONVERSATIONS, Count()).n,
            provisional=is_provisional(agent, monday, now),
            figures={name: of(counts[monday]) for name, of in FIGURES.items()},
            releases=live[monday],
        )
        for monday in mondays
    ]


def weekly_counts(
    agent: Agent, first: date, end: date, segment: Mapping[str, str | int]
) -> defaultdict[date, Counts]:
    """The counts of each week, by its Monday; `end` is the day after the last."""
    weeks: defaultdict[date, Counts] = defaultdict(dict)
    for monday, figure, n, total, squares in week_counts(agent, first, end, segment):
        weeks[monday][figure] = Count(n, total, squares)
    return weeks


def releases_live(agent: Agent, first: date, end: date) -> defaultdict[date, list[int]]:
    """The numbers of the releases that were live in each week, in the order of their start."""
    starts, ends = local_midnight(agent, first), local_midnight(agent, end)
    periods = (
        Publication.objects.filter(release__agent=agent, started_at__lt=ends)
        .filter(Q(ended_at=None) | Q(ended_at__gt=starts))
        .order_by("started_at", "id")
        .values_list("started_at", "ended_at", "release__number")
    )
    live: defaultdict[date, list[int]] = defaultdict(list)
    for started_at, ended_at, number in periods:
        monday = max(first, monday_of(agent.local_date(started_at)))
        last = end if ended_at is None else min(end, agent.local_date(ended_at) + timedelta(days=1))
        while monday < last:
            if number not in live[monday]:
                live[monday].append(number)
            monday += WEEK
    return live


def local_midnight(agent: Agent, day: date) -> datetime:
    """The moment a day begins in the workspace's time zone."""
    return datetime.combine(day, time.min, tzinfo=agent.workspace.zone)
