"""The past by whole weeks: what band of weekly changes lets one expect the newest one."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db.models import Sum

from context.impacts.window import Window
from context.models import Agent, Measurement
from stats.standardised import Cell

WEEKS_OF_BAND = 12
LEAST_DAYS_OF_A_WEEK = 5  # fewer are the first days of the data, or an outage


def weekly_values(agent: Agent, figures: Collection[str], window: Window) -> dict[str, list[float]]:
    """Each figure by whole weeks, all releases together: twelve before the release, as far as they
    have counts without a gap, and the first week on it; days left out do not count. In one query.
    """
    start = window.slots[window.release_day].place
    if not window.slots[window.release_day].days:
        start += timedelta(days=1)
    first = start - timedelta(weeks=WEEKS_OF_BAND)
    rows = (
        Measurement.objects.filter(
            agent=agent, figure__in=figures, date__gte=first, date__lt=start + timedelta(weeks=1)
        )
        .exclude(date__in=agent.days_left_out.values("date"))
        .order_by()
        .values_list("figure", "date")
        .annotate(Sum("n"), Sum("total"))
    )
    weeks: dict[str, list[list[Cell]]] = defaultdict(lambda: [[] for _ in range(WEEKS_OF_BAND + 1)])
    for figure, day, n, total in rows:
        weeks[figure][(day - first).days // 7].append(Cell(n, total))
    return {figure: unbroken(found) for figure, found in weeks.items()}


def unbroken(weeks: Sequence[Sequence[Cell]]) -> list[float]:
    """The values of the newest weeks that follow each other, up to one with few days of counts."""
    found: list[float] = []
    for days in reversed(weeks):
        n = sum(day.n for day in days)
        if len(days) < LEAST_DAYS_OF_A_WEEK or not n:
            break
        found.append(sum(day.total for day in days) / n)
    return found[::-1]
