"""The daily counts that figures and impacts are made of, written by the apps on the left."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import CharField, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, TruncWeek

from accounts.rows import insert_values, update_values
from context.models import Agent, DayTotal, Figure, Measurement, Release

BATCH = 500
VALUES_SHOWN = 200
COUNTS = ("n", "total", "total_squares")
SEGMENT = ("date", "figure", "release_id", "topic", "channel", "language")
TOTALLED = ("date", "figure", "week", "by", "value")

# What makes a row one of its kind, in the order of SEGMENT or TOTALLED, to its three counts.
Rows = dict[tuple[Any, ...], tuple[int, float, float]]


class SegmentCount(NamedTuple):
    """One day's count of one figure for one segment, as it is given to be stored."""

    date: date
    figure: str
    n: int
    total: float
    total_squares: float = 0.0
    release_id: int | None = None
    topic: str = ""
    channel: str = ""
    language: str = ""


class DayCount(NamedTuple):
    """One day of one figure: denominator, numerator or sum of scores, sum of squared scores."""

    date: date
    n: int
    total: float
    total_squares: float


@transaction.atomic
def replace(
    agent: Agent, dates: set[date], figures: set[Figure], rows: Iterable[SegmentCount]
) -> None:
    """Put `rows` in the place of all that stands for these days and figures, totals included.

    Counting a day again from its conversations thus always gives the same numbers. Only rows that
    differ are written: one late score touches one segment, not a day of them. ValueError for a row
    outside of the days and figures named: it would never be replaced.
    """
    counts: Rows = {}
    for row in rows:
        if row.date not in dates or row.figure not in figures:
            raise ValueError(f"{row} is not among the days and figures to be replaced")
        key = row.date, row.figure, row.release_id, row.topic, row.channel, row.language
        if key in counts:
            raise ValueError(f"{row} is there twice")
        counts[key] = (row.n, row.total, row.total_squares)
    write(Measurement, SEGMENT, agent, dates, figures, counts)
    write(DayTotal, TOTALLED, agent, dates, figures, totals(counts))


def totals(counts: Rows) -> Rows:
    """The counts of segments added up over all, and by each of their properties."""
    sums: defaultdict[tuple[Any, ...], tuple[int, float, float]] = defaultdict(
        lambda: (0, 0.0, 0.0)
    )
    for (day, figure, *segment), (n, total, squares) in counts.items():
        week = day - timedelta(days=day.weekday())
        for by, value in shared(*segment):
            key = (day, figure, week, by, value)
            before = sums[key]
            sums[key] = before[0] + n, before[1] + total, before[2] + squares
    return sums


def shared(
    release: int | None, topic: str, channel: str, language: str
) -> Iterator[tuple[str, str]]:
    """What a segment is added to: everything, its topic, channel, language and release."""
    yield DayTotal.By.ALL.value, ""
    yield DayTotal.By.TOPIC.value, topic
    yield DayTotal.By.CHANNEL.value, channel
    yield DayTotal.By.LANGUAGE.value, language
    yield DayTotal.By.RELEASE.value, "" if release is None else str(release)


def write(
    model: type[Measurement] | type[DayTotal],
    named_by: tuple[str, ...],
    agent: Agent,
    dates: set[date],
    figures: set[Figure],
    counts: Rows,
) -> None:
    """Make the table hold exactly these counts for the days and figures."""
    rows = model._default_manager.filter(agent=agent, date__in=dates, figure__in=figures)
    stored = {
        key: (pk, count)
        for pk, *values in rows.values_list("pk", *named_by, *COUNTS)
        if (key := tuple(values[: len(named_by)])) and (count := tuple(values[len(named_by) :]))
    }
    gone = [pk for key, (pk, _) in stored.items() if key not in counts]
    for start in range(0, len(gone), BATCH):
        model._default_manager.filter(pk__in=gone[start : start + BATCH]).delete()
    new = [(agent.pk, *key, *count) for key, count in counts.items() if key not in stored]
    changed = [
        (stored[key][0], *count)
        for key, count in counts.items()
        if key in stored and stored[key][1] != count
    ]
    insert_values(model, ("agent_id", *named_by, *COUNTS), new)
    update_values(model, COUNTS, changed)


def week_counts(
    agent: Agent, first: date, end: date, segment: Mapping[str, str | int]
) -> Iterator[tuple[date, str, int, float, float]]:
    """(Monday, figure, n, total, squares) of the days from `first` to before `end`, in one query.

    `segment` names a topic, channel, language or the number of a release, or several of them. One
    or none is read from the totals, however many segments a day has.
    """
    days = {"agent": agent, "date__gte": first, "date__lt": end}
    rows: QuerySet[Any]
    if len(segment) > 1:
        named = {"release__number" if by == "release" else by: v for by, v in segment.items()}
        rows = Measurement.objects.filter(**days, **named).annotate(week=TruncWeek("date"))
    else:
        [(by, value)] = segment.items() or [("all", "")]
        rows = DayTotal.objects.filter(
            **days, by=by, value=key_of(agent, value) if by == "release" else value
        )
    summed = rows.order_by().values_list("week", "figure")
    yield from summed.annotate(Sum("n"), Sum("total"), Sum("total_squares"))


def segment_values(agent: Agent) -> dict[str, list[str]]:
    """The topics, channels, languages and release numbers that were counted, for filters."""
    counted = DayTotal.objects.filter(agent=agent, figure=Figure.CONVERSATIONS)
    pairs = counted.exclude(by=DayTotal.By.ALL).exclude(value="").order_by("by", "value")
    found: defaultdict[str, list[str]] = defaultdict(list)
    for by, value in pairs.values_list("by", "value").distinct():
        found[by].append(value)
    releases = Release.objects.filter(pk__in=found[DayTotal.By.RELEASE]).order_by("-number")
    found[DayTotal.By.RELEASE] = [
        str(number) for number in releases.values_list("number", flat=True)
    ]
    return {by: values[:VALUES_SHOWN] for by, values in found.items()}


def key_of(agent: Agent, number: str | int) -> Subquery:
    """The key of a release as the totals have it."""
    release = Release.objects.filter(agent=agent, number=number)
    return Subquery(release.values(text=Cast("pk", CharField())))


def series(
    agent: Agent,
    figure: Figure | str,
    first: date,
    last: date,
    release: Release | None = None,
    topic: str | None = None,
) -> list[DayCount]:
    """The days from `first` to `last` that have counts, oldest first, over all segments or those of
    one release or topic.
    """
    rows = Measurement.objects.filter(agent=agent, figure=figure, date__range=(first, last))
    if release is not None:
        rows = rows.filter(release=release)
    if topic is not None:
        rows = rows.filter(topic=topic)
    sums = rows.values("date").annotate(Sum("n"), Sum("total"), Sum("total_squares"))
    return [
        DayCount(row["date"], row["n__sum"], row["total__sum"], row["total_squares__sum"])
        for row in sums.order_by("date")
    ]
