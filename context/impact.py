"""What a release is associated with: seven days before it against the first seven days on it.

The first valid method for releases that follow each other weekly: daily values paired by weekday,
Student's t (`stats.impact.weekday_pairs`). Before/after can never say "caused by".
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import ceil
from statistics import fmean
from typing import Literal, NamedTuple

from django.db.models import Sum

from context.impact_window import DAYS, Refusal, Window, comparable_window
from context.models import Agent, Figure, Impact, Measurement, Publication, Release
from stats.impact import verdict, weekday_pairs
from stats.intervals import Interval

RIPE_AFTER = timedelta(days=10)  # a 3-day snooze and the 7 days in which a ticket may reopen
METHOD = "7 weekday pairs, t"


class Question(NamedTuple):
    """What is asked of one figure: the good direction, and the change that would matter."""

    better: Literal["higher", "lower"]
    matters: float
    unit: str


QUESTIONS = {
    Figure.AI_ANSWERED: Question("higher", 0.03, "points"),
    Figure.AI_HANDOVER: Question("lower", 0.03, "points"),
    Figure.AI_RESOLVED: Question("higher", 0.03, "points"),
    Figure.CSAT: Question("higher", 0.2, ""),
}


class Count(NamedTuple):
    """Denominator, and numerator or sum of scores."""

    n: int
    total: float


# (day, release, figure) to its count.
Counts = dict[tuple[date, int | None, str], Count]


def measure_impacts(agent: Agent, at: datetime) -> list[Impact]:
    """Compute the impact of every release on every figure that is not final yet.

    Returns the new rows; where nothing changed since the last computation none is written.
    """
    publications = list(
        Publication.objects.filter(release__agent=agent)
        .select_related("release")
        .order_by("started_at", "id")
    )
    made: list[Impact] = []
    for place, publication in enumerate(publications):
        if not publication.rollback:
            earlier = publications[place - 1] if place else None
            made += release_impacts(agent, publication, earlier, at)
    return made


def release_impacts(
    agent: Agent, publication: Publication, earlier: Publication | None, at: datetime
) -> list[Impact]:
    """The new impact rows of one release, for its first publication."""
    release = publication.release
    newest = newest_impacts(release)
    open_figures = [f for f in QUESTIONS if f not in newest or newest[f].provisional]
    if not open_figures:
        return []
    window = comparable_window(agent, publication, earlier, at)
    counts = daily_counts(agent, window) if isinstance(window, Window) else {}
    made = []
    for figure in open_figures:
        row = impact_of(release, figure, window, counts, agent.local_date(at), at)
        if figure not in newest or not same_finding(newest[figure], row):
            made.append(row)
    Impact.objects.bulk_create(made)
    return made


def newest_impacts(release: Release) -> dict[str, Impact]:
    """The impact computed last on each figure, in the order of QUESTIONS."""
    rows = {impact.figure: impact for impact in release.impacts.order_by("computed_at", "id")}
    return {figure.value: rows[figure] for figure in QUESTIONS if figure in rows}


def same_finding(one: Impact, other: Impact) -> bool:
    """Whether a computation only repeats what is stored."""
    columns = ("verdict", "low", "high", "n_before", "n_after", "provisional", "reason")
    return all(getattr(one, name) == getattr(other, name) for name in columns)


def daily_counts(agent: Agent, window: Window) -> Counts:
    """All counts the window needs, in one query."""
    days = (window.start - timedelta(days=DAYS), window.last_day)
    rows = (
        Measurement.objects.filter(agent=agent, figure__in=QUESTIONS, date__range=days)
        .filter(release__in=[window.release, window.earlier])
        .order_by()
        .values_list("date", "release", "figure")
        .annotate(Sum("n"), Sum("total"))
    )
    return {(day, key, figure): Count(n, total) for day, key, figure, n, total in rows}


def impact_of(
    release: Release,
    figure: Figure,
    window: Window | Refusal,
    counts: Counts,
    today: date,
    at: datetime,
) -> Impact:
    """The row of one figure; a pure function of its arguments."""
    row = Impact(
        release=release,
        figure=figure,
        method=METHOD,
        verdict=Impact.Verdict.CANNOT_TELL_YET,
        computed_at=at,
    )
    if isinstance(window, Refusal):
        row.reason, row.provisional = window.reason, window.may_change
        return row
    before = [slot_count(counts, slot, window.earlier, figure) for slot in window.before]
    after = [slot_count(counts, slot, window.release, figure) for slot in window.after]
    row.provisional = today <= window.last_day + RIPE_AFTER
    row.n_before, row.n_after = sum(c.n for c in before), sum(c.n for c in after)
    row.days_before, row.days_after = (sum(c.n > 0 for c in side) for side in (before, after))
    compare(row, QUESTIONS[figure], values_of(before), values_of(after))
    return row


def slot_count(
    counts: Counts, slot: tuple[date, ...], release: int | None, figure: Figure
) -> Count:
    """The count of one slot of days on one release."""
    found = [counts.get((day, release, figure), Count(0, 0.0)) for day in slot]
    return Count(sum(count.n for count in found), sum(count.total for count in found))


def values_of(side: Sequence[Count]) -> list[float | None]:
    """The daily values; None for a day on which nothing was counted."""
    return [count.total / count.n if count.n else None for count in side]


def compare(
    row: Impact,
    question: Question,
    before: Sequence[float | None],
    after: Sequence[float | None],
) -> None:
    """Fill the row with means of the daily values, their difference and the verdict."""
    interval = weekday_pairs(before, after)
    known = [value for value in before if value is not None]
    row.before = fmean(known) if len(known) == DAYS else None
    known = [value for value in after if value is not None]
    row.after = fmean(known) if len(known) == DAYS else None
    row.difference, row.low, row.high = interval.estimate, interval.low, interval.high
    row.verdict = Impact.Verdict(verdict(interval, question.better, question.matters))
    if row.verdict == Impact.Verdict.CANNOT_TELL_YET:
        row.reason = why_not(interval, question)


def why_not(interval: Interval, question: Question) -> str:
    """What stands against a verdict: what is missing, or how wide the doubt still is."""
    if interval.low is None or interval.high is None or interval.half_width is None:
        return interval.reason[:1].upper() + interval.reason[1:] + "."
    scale = 100 if question.unit else 1
    low, high, matters = (scale * x for x in (interval.low, interval.high, question.matters))
    days = ceil(DAYS * (interval.half_width / question.matters) ** 2)
    unit = f" {question.unit}" if question.unit else ""
    span = f"{low:+.1f} to {high:+.1f}".replace("-", "−")
    return (
        f"It could be {span}{unit}, and {matters:g} would matter: "
        f"about {days} days a side would tell."
    )
