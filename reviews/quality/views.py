"""The quality pages: the figure over time and by segment, and the data behind every number."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Role
from accounts.pagination import neighbours, page
from context.access import agent_page
from context.charts.specs import quality_chart
from context.models import Agent
from reviews.agreement.views import number_of
from reviews.canary.verdict import newest_check
from reviews.desk.blind import held_blind, verdicts_but
from reviews.desk.views_reviews import day_asked, day_of, last_day
from reviews.quality.data import behind, verdicts_behind
from reviews.quality.eras import eras
from reviews.quality.figure import all_labels, coverage, quality_by
from reviews.quality.labels import labels
from reviews.quality.nowcast import nowcast
from reviews.quality.page import Course, days, era_marks, points, release_marks, tiles, weeks
from reviews.quality.savings import LONGEST, saved, saved_by_month
from reviews.quality.segments import DIMENSIONS, Chosen
from reviews.quality.windows import Figure, Window

WEEKS = (8, 12, 26, 52)
LONGEST_DAYS = 731
SEGMENT_DAYS = 28
SEGMENTS_SHOWN = 30


@agent_page(Role.VIEWER)
@require_GET
def quality(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The figure now, over the weeks, and by release and segment."""
    last, count = day_asked(request, last_day(agent)), number_of(request, "weeks") or WEEKS[1]
    if count not in WEEKS:
        raise Http404
    today = agent.local_date(timezone.now())
    period = Window.rolling(last, 7 * count + 7)
    course = Course(all_labels(agent, *period), eras(agent, *period))
    rows = weeks(course, last, count, today)
    recent = labels(agent, last - LONGEST, last)
    values: dict[str, Any] = {
        "agent": agent,
        "last": last,
        "weeks": count,
        "periods": WEEKS,
        "tiles": tiles(course, last),
        "rows": rows,
        "days": days(course, last, today),
        "chart": chart_of(agent, course, rows, period),
        "tables": tables(agent, Window.rolling(last, SEGMENT_DAYS)),
        "coverage": coverage(agent, *Window.rolling(last)),
        "eras": course.eras,
        "nowcast": nowcast(agent, last),
        "canary": newest_check(agent),
        "saved": saved(recent),
        "months": saved_by_month(recent),
    }
    return render(request, "reviews/quality.html", values)


def chart_of(agent: Agent, course: Course, rows: list[Any], period: Window) -> dict[str, Any]:
    """The weekly chart with its releases and eras."""
    marks, boundaries = release_marks(agent, period), era_marks(agent, course.eras)
    return quality_chart(points(rows), marks, boundaries)


def tables(agent: Agent, window: Window) -> list[tuple[str, dict[str, list[Any]], int]]:
    """By dimension, the largest values with their figure and the address of its data, those with a
    figure and those without, and how many are left out.
    """
    found = []
    for dimension in DIMENSIONS:
        rows = quality_by(agent, *window, dimension)
        shown = [
            {
                "value": value,
                "size": size,
                "figure": Figure(window, interval),
                "query": data_query(window, dimension, value),
            }
            for value, size, interval in rows[:SEGMENTS_SHOWN]
        ]
        parted = {
            "known": [row for row in shown if not row["figure"].interval.is_refused],
            "unknown": [row for row in shown if row["figure"].interval.is_refused],
        }
        if any(row["value"] not in (None, "") for row in shown):
            found.append((dimension, parted, len(rows) - len(shown)))
    return found


def data_query(window: Window, dimension: str, value: Any) -> str:
    """The address of a figure's data; empty for a release that is not known."""
    if value is None:
        return ""
    return urlencode({"from": window.first, "to": window.last, dimension: value})


def window_of(request: HttpRequest, agent: Agent) -> Window:
    """`?from=` and `?to=`: the seven days up to the last reviewed one otherwise."""
    last = day_of(request, "to", last_day(agent))
    window = Window(day_of(request, "from", Window.rolling(last).first), last)
    if not window.first <= window.last <= window.first + timedelta(days=LONGEST_DAYS):
        raise Http404
    return window


@agent_page(Role.VIEWER)
@require_GET
def data(request: HttpRequest, agent: Agent) -> HttpResponse:
    """What one figure rests on: its definition, strata, days, cross-check and verdicts."""
    window = window_of(request, agent)
    segment = (request.GET.get(name) for name in ("topic", "channel", "language"))
    chosen = Chosen(number_of(request, "release"), *segment)
    rows = verdicts_but(verdicts_behind(agent, window, chosen), held_blind(agent, request.user.pk))
    which = "all" if request.GET.get("show") == "all" else "failed"
    if which == "failed":
        rows = rows.filter(passed=False)
    found = page(request, rows, ("-created_at", "-id"))
    kept = [(name, text) for name, text in request.GET.items() if name not in ("show", "cursor")]
    values: dict[str, Any] = {
        "agent": agent,
        "behind": behind(agent, window, chosen),
        "segment": {name: value for name, value in vars(chosen).items() if value is not None},
        "verdicts": found.rows,
        "which": which,
        "kept": kept,
    }
    return render(request, "reviews/quality_data.html", values | neighbours(request, found))
