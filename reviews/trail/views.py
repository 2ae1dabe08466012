"""Pages of the trail: one proposal from finding to impact, and what became of the findings."""

from datetime import timedelta
from functools import reduce
from operator import add

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Role
from context.access import agent_page
from context.impacts.wording import summary
from context.models import Agent
from context.releases.views import roles, tabs
from reviews.desk.blind import held_blind
from reviews.trail.funnel import funnel
from reviews.trail.path import trail_of

A_QUARTER = 12
WEEKS = [8, A_QUARTER, 26, 52]


@agent_page(Role.VIEWER)
@require_safe
def proposal(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """One proposal: what it came from, what became of it and what that did."""
    rows = agent.proposals.select_related(
        "release__parent", "release__published_by", "created_by", "decided_by", "merged_into"
    )
    found = get_object_or_404(rows, pk=key)
    found.agent = agent
    hidden = held_blind(agent, request.user.pk)
    trail = trail_of(found, hidden)
    values = {"agent": agent, "trail": trail, "proposal": found, "effects": summary(trail.impacts)}
    return render(request, "reviews/trail.html", values | roles(request))


@agent_page(Role.VIEWER)
@require_safe
def became(request: HttpRequest, agent: Agent) -> HttpResponse:
    """What became of the findings of the last weeks."""
    asked = request.GET.get("weeks", "")
    number = int(asked) if asked in map(str, WEEKS) else A_QUARTER
    today = agent.local_date(timezone.now())
    weeks = funnel(agent, today - timedelta(days=7 * (number - 1)), today)
    values = {
        "agent": agent,
        "weeks": weeks,
        "total": reduce(add, weeks),
        "period": number,
        "periods": WEEKS,
        "counts": tabs(agent, agent.live_release()),
    }
    return render(request, "reviews/became.html", values)
