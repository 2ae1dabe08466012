"""How often clusters were asked week by week, for the people who watch them grow."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum
from django.db.models.functions import Coalesce

from context.models import Agent
from testing.models import ClusterWeek, Discovery, QuestionCluster

WEEKS_SHOWN = 8
HEIGHT = 20
_LOWEST = 1


@dataclass(frozen=True)
class Bar:
    """One week: how often it was asked, and where the bar stands in a drawing 20 high."""

    week: date
    volume: int
    x: int
    y: int
    height: int


def trends(agent: Agent, clusters: Iterable[QuestionCluster]) -> dict[int, list[Bar]]:
    """The last eight weeks that were searched, for each cluster with those merged into it.

    A week in which a cluster was not asked is a bar of 0; weeks not searched are left out.
    """
    counting = Discovery.objects.filter(pk__in=Discovery.objects.counting(agent))
    weeks = sorted(counting.order_by("-week").values_list("week", flat=True)[:WEEKS_SHOWN])
    keys = [cluster.pk for cluster in clusters]
    owner = Coalesce("cluster__merged_into", "cluster")
    rows = ClusterWeek.objects.annotate(owner=owner).filter(
        owner__in=keys, week__in=weeks, discovery__in=counting.values("pk")
    )
    volumes: dict[int, dict[date, int]] = defaultdict(dict)
    for key, week, volume in rows.values_list("owner", "week").annotate(Sum("volume")):
        volumes[key][week] = volume
    return {key: bars([(week, volumes[key].get(week, 0)) for week in weeks]) for key in keys}


def bars(volumes: list[tuple[date, int]]) -> list[Bar]:
    """Bars side by side up to the right end, the largest over the whole height, none a line."""
    most = max((volume for _, volume in volumes), default=0) or 1
    heights = [max(_LOWEST, round(HEIGHT * volume / most)) for _, volume in volumes]
    return [
        Bar(week, volume, 8 * place, HEIGHT - height, height)
        for place, ((week, volume), height) in enumerate(
            zip(volumes, heights, strict=True), start=WEEKS_SHOWN - len(volumes)
        )
    ]


def week_before(cluster: QuestionCluster, trend: list[Bar]) -> int | None:
    """How often it was asked in the searched week before its last one; None where there is none."""
    earlier = [bar for bar in trend if bar.week < cluster.week]
    return earlier[-1].volume if earlier else None


def last_weeks(monday: date, count: int = WEEKS_SHOWN) -> list[date]:
    """The Mondays of the last weeks up to this one, newest first."""
    return [monday - timedelta(days=7 * back) for back in range(count)]
