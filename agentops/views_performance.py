"""Performance: the weekly figures, what changed over the period, and what each release did."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Role
from agentops import performance as read
from context.access import agent_page
from context.charts.specs import csat_chart, rates_chart
from context.measurements import segment_values
from context.models import Agent
from conversations.changes import SHOWN, changes, complete
from conversations.figures import FIGURES, WeekFigures
from reviews.quality.figure import quality

PERIODS = [8, 12, 26, 52, 104]
# (name, label, all of them)
SEGMENTS = [
    ("topic", "Topic", "All topics"),
    ("channel", "Channel", "All channels"),
    ("language", "Language", "All languages"),
    ("release", "Release", "All releases"),
]


@dataclass(frozen=True)
class Filter:
    """A select of the page: its values, and the one chosen, also where nothing is counted of it."""

    name: str
    label: str
    everything: str
    values: list[str]
    chosen: str


def compared_of(request: HttpRequest) -> tuple[str, str]:
    """The two weeks to compare, as they are named in the address."""
    return request.GET.get("from", ""), request.GET.get("to", "")


def period_of(request: HttpRequest, today: date) -> int:
    """The number of weeks asked for, if it is one of those offered; else one of them that reaches
    back to the weeks to compare, so that an address of two weeks alone shows them.
    """
    asked = request.GET.get("weeks", "")
    if asked in map(str, PERIODS):
        return int(asked)
    needed = max(PERIODS[1], read.weeks_to(today, compared_of(request)))
    return next((weeks for weeks in PERIODS if weeks >= needed), PERIODS[-1])


def segment_of(request: HttpRequest) -> dict[str, Any]:
    """The segment asked for; a release that is no number is none."""
    given = {name: request.GET.get(name, "").replace("\0", "") for name, *_ in SEGMENTS}
    segment: dict[str, Any] = {name: value for name, value in given.items() if value}
    if "release" in segment:
        number = segment.pop("release")
        if number.isascii() and number.isdecimal() and len(number) < 10:
            segment["release"] = int(number)
    return segment


def filters(agent: Agent, segment: dict[str, Any]) -> list[Filter]:
    """The filters that have something to choose, or are in use."""
    counted = segment_values(agent)
    found = []
    for name, label, everything in SEGMENTS:
        values, chosen = counted.get(name, []), str(segment.get(name, ""))
        if chosen and chosen not in values:
            values = [chosen, *values]
        if values:
            found.append(Filter(name, label, everything, values, chosen))
    return found


def findings(
    agent: Agent, weeks: list[WeekFigures], now: datetime, chosen: tuple[str, str]
) -> dict[str, Any]:
    """What the page says of the weeks: tiles, changes, charts, effects of releases, quality."""
    today = agent.local_date(now)
    ended = complete(weeks, today)
    compared = read.between(ended, *chosen)
    published = read.effects(agent, weeks[0].monday)
    points, marks = read.points(weeks), read.release_marks(agent, published)
    return {
        "weeks": weeks,
        "ended": ended,
        "compared": compared,
        "tiles": read.tiles(ended),
        "changes": changes(compared),
        "effects": published,
        "rates": rates_chart(points, marks),
        "csat": csat_chart(points, marks),
        "quality": quality(agent, weeks[0].monday, today),
        "shown": SHOWN,
    }


@agent_page(Role.VIEWER)
@require_GET
def performance(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The period's figures, for everything or for one segment."""
    now, segment = timezone.now(), segment_of(request)
    period = period_of(request, agent.local_date(now))
    weeks = read.weeks_back(agent, now, period, segment)
    values = {
        "agent": agent,
        "period": period,
        "periods": PERIODS,
        "filters": filters(agent, segment),
        "segment": segment,
        "address": request.GET.urlencode(),
    }
    found = findings(agent, weeks, now, compared_of(request)) if weeks else {}
    # A usual range is known of all conversations together; a segment has none.
    if weeks and not segment:
        found |= alerts_of(agent, weeks, found["ended"])
    return render(request, "agentops/performance.html", values | found)


def alerts_of(agent: Agent, weeks: list[WeekFigures], ended: list[WeekFigures]) -> dict[str, Any]:
    """The figures that were out of their usual range: in the period, and in its last whole week."""
    found = read.outside(agent, weeks)
    return {"alerts": found, "lasting": read.lasting(found, ended[-1]) if ended else {}}


@agent_page(Role.VIEWER)
@require_GET
def performance_csv(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The weeks of the page as CSV: every figure with its n and interval."""
    now, segment = timezone.now(), segment_of(request)
    period = period_of(request, agent.local_date(now))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{agent.slug}-weeks.csv"'
    csv.writer(response).writerows(csv_rows(read.weeks_back(agent, now, period, segment)))
    return response


def csv_rows(weeks: list[WeekFigures]) -> Iterator[list[object]]:
    """A head, then a row for each week; shares lie between 0 and 1, as over REST."""
    columns = [(name, f"{name}_n", f"{name}_low", f"{name}_high") for name in FIGURES]
    yield ["week", "monday", "provisional", "releases", "n", *(c for four in columns for c in four)]
    for week in weeks:
        found = [week.figures[name] for name in FIGURES]
        counts = [value for one in found for value in (one.value, one.n, one.low, one.high)]
        releases = " ".join(map(str, week.releases))
        yield [week.week, week.monday, week.provisional, releases, week.n, *counts]
