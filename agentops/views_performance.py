"""Performance: the weekly figures, what changed over the period, and what each release did."""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import Role
from agentops import performance as read
from context.access import agent_page
from context.charts import csat_chart, rates_chart
from context.models import Agent, Figure, Measurement
from conversations.figures import WeekFigures
from reviews.quality import quality

PERIODS = [8, 12, 26, 52]
SEGMENTS_SHOWN = 200


def period_of(request: HttpRequest) -> int:
    """The number of weeks asked for, if it is one of those offered."""
    asked = request.GET.get("weeks", "")
    return int(asked) if asked in map(str, PERIODS) else PERIODS[1]


def segments(agent: Agent, name: str) -> list[str]:
    """The topics or channels that were measured, for the filter."""
    measured = Measurement.objects.filter(agent=agent, figure=Figure.CONVERSATIONS)
    values = measured.exclude(**{name: ""}).order_by(F(name)).values_list(name, flat=True)
    return list(values.distinct()[:SEGMENTS_SHOWN])


def findings(agent: Agent, weeks: list[WeekFigures], now: datetime) -> dict[str, Any]:
    """What the page says of the weeks: tiles, changes, charts, effects of releases, quality."""
    today = agent.local_date(now)
    ended = read.complete(weeks, today)
    published = read.effects(agent, weeks[0].monday)
    points, marks = read.points(weeks), read.release_marks(agent, published)
    return {
        "weeks": weeks,
        "ended": ended,
        "tiles": read.tiles(ended),
        "changes": read.changes(ended),
        "effects": published,
        "rates": rates_chart(points, marks),
        "csat": csat_chart(points, marks),
        "quality": quality(agent, weeks[0].monday, today),
        "shown": read.SHOWN,
    }


@agent_page(Role.VIEWER)
def performance(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The period's figures, for everything or for one topic or channel."""
    now, period = timezone.now(), period_of(request)
    topic, channel = request.GET.get("topic") or None, request.GET.get("channel") or None
    weeks = read.weeks_back(agent, now, period, topic, channel)
    filters = {
        "period": period,
        "periods": PERIODS,
        "topics": segments(agent, "topic"),
        "channels": segments(agent, "channel"),
        "chosen_topic": topic,
        "chosen_channel": channel,
    }
    found = findings(agent, weeks, now) if weeks else {}
    return render(request, "agentops/performance.html", {"agent": agent, **filters, **found})
