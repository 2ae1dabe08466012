"""The performance page's numbers: weeks as chart points, tiles, and the change over the period."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse

from context.charts.layers import Mark
from context.charts.specs import Point
from context.impacts.measuring import impacts_of
from context.impacts.wording import Summary, summary
from context.models import Agent, Alert, Impact, Publication
from conversations.changes import SHOWN, Change, changes
from conversations.figures import WeekFigures, monday_of, weekly_figures
from conversations.weeks import parse_week

TILES = ["ai_answered", "ai_resolved", "ai_handover", "ai_snooze", "csat", "reopen"]
CHARTED = ["ai_answered", "ai_resolved", "ai_handover", "ai_snooze", "ai_close", "ai_ignore"]


@dataclass(frozen=True)
class Effect:
    """A release of the period with its newest impact on each figure."""

    number: int
    since: datetime
    rollback: bool
    impacts: Summary


def weeks_back(
    agent: Agent, now: datetime, weeks: int, segment: Mapping[str, Any]
) -> list[WeekFigures]:
    """The figures of this week and the `weeks` before it, without empty weeks at the start."""
    this_monday = monday_of(agent.local_date(now))
    first = this_monday - timedelta(weeks=weeks)
    found = weekly_figures(agent, first, this_monday, now, **segment)
    start = next((i for i, week in enumerate(found) if week.n), len(found))
    return found[start:]


def between(ended: Sequence[WeekFigures], first: str, last: str) -> list[WeekFigures]:
    """The weeks from one to another, in whichever order they are named; from the first or to the
    last there is where a name is none of them.
    """
    names = [week.week for week in ended]
    start = names.index(first) if first in names else 0
    end = names.index(last) if last in names else len(names) - 1
    return list(ended[min(start, end) : max(start, end) + 1])


def weeks_to(today: date, names: Iterable[str]) -> int:
    """How many weeks back the earliest of the named weeks lies; 0 where none is a week."""
    mondays = [monday_of(today)]
    for name in names:
        with suppress(ValueError):
            mondays.append(parse_week(name))
    return (mondays[0] - min(mondays)).days // 7


def outside(agent: Agent, weeks: Sequence[WeekFigures]) -> dict[str, list[Alert]]:
    """The alerts of each figure that touch the weeks, oldest first."""
    found: dict[str, list[Alert]] = {}
    rows = Alert.objects.filter(
        agent=agent, first_monday__lte=weeks[-1].monday, last_monday__gte=weeks[0].monday
    )
    for row in rows.order_by("first_monday"):
        found.setdefault(row.figure, []).append(row)
    return found


def lasting(alerts: Mapping[str, list[Alert]], week: WeekFigures) -> dict[str, list[Alert]]:
    """Of the alerts, those that reach into one week."""
    return {
        key: [row for row in rows if row.first_monday <= week.monday <= row.last_monday]
        for key, rows in alerts.items()
    }


def points(weeks: Sequence[WeekFigures]) -> list[Point]:
    """The charts' points; a figure without a value has none."""
    return [
        Point(
            key, week.week, week.monday, found.value, found.n, found.low, found.high,
            week.provisional,
        )
        for week in weeks
        for key in [*CHARTED, "csat"]
        if (found := week.figures.get(key)) and found.value is not None
    ]  # fmt: skip


def tiles(weeks: Sequence[WeekFigures]) -> list[Change]:
    """The last of the weeks against the one before."""
    last_two = {change.key: change for change in changes(weeks[-2:])}
    return [last_two[key] for key in TILES if key in last_two]


def effects(agent: Agent, first: date) -> list[Effect]:
    """The releases that went live since `first`, newest first, with their impacts."""
    published = (
        Publication.objects.filter(release__agent=agent, started_at__date__gte=first)
        .select_related("release")
        .prefetch_related("release__impacts")
        .order_by("-started_at")
    )
    return [
        Effect(one.release.number, one.started_at, one.rollback, summary(newest(one)))
        for one in published
    ]


def newest(publication: Publication) -> list[Impact]:
    """What a release did when it went live, in the order of the page."""
    found = impacts_of(publication, publication.release.impacts.all()).values()
    order = {key: place for place, (key, *_) in enumerate(SHOWN)}
    return sorted(found, key=lambda one: order.get(one.figure, len(order)))


def release_marks(agent: Agent, published: Sequence[Effect]) -> list[Mark]:
    """The charts' release markers, each with its page and what it is associated with."""
    slugs = [agent.workspace.slug, agent.slug]
    return [
        Mark(
            effect.number,
            agent.local_date(effect.since),
            reverse("context:release", args=[*slugs, effect.number]),
            told(agent, effect),
        )
        for effect in published
    ]


def told(agent: Agent, effect: Effect) -> str:
    """`Release 4, live since 5 October: AI answered improved`."""
    day = agent.local_date(effect.since)
    kind = "back" if effect.rollback else "live"
    verdicts = [
        f"{one.get_figure_display()} {one.get_verdict_display().lower()}"
        for one in effect.impacts.told
    ]
    found = ", ".join(verdicts) or "cannot tell yet what it did"
    return f"Release {effect.number}, {kind} since {day.day} {day:%B}: {found}"
