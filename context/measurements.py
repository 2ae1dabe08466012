"""The daily counts that figures and impacts are made of, written by the apps on the left."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.db.models import Sum

from context.models import Agent, Figure, Measurement, Release

BATCH = 500


class DayCount(NamedTuple):
    """One day of one figure: denominator, numerator or sum of scores, sum of squared scores."""

    date: date
    n: int
    total: float
    total_squares: float


@transaction.atomic
def replace(
    agent: Agent, dates: set[date], figures: set[Figure], rows: Iterable[Measurement]
) -> None:
    """Put `rows` in the place of all that stands for these days and figures.

    Counting a day again from its conversations thus always gives the same numbers. ValueError for
    a row outside of the days and figures named: it would never be replaced.
    """
    new = list(rows)
    if strays := [row for row in new if row.date not in dates or row.figure not in figures]:
        raise ValueError(f"{strays[0]} is not among the days and figures to be replaced")
    old = Measurement.objects.filter(agent=agent, date__in=dates, figure__in=figures)
    old.delete()
    Measurement.objects.bulk_create(new, batch_size=BATCH)


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
