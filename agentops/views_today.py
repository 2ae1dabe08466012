"""Today: the page an AI manager opens in the morning."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import Role, User
from agentops.due import due_now
from agentops.today import today_of
from context.access import agent_page
from context.models import Agent
from reviews.blind import held_blind
from reviews.goals import goal_of_today


@agent_page(Role.VIEWER)
def today(request: HttpRequest, agent: Agent) -> HttpResponse:
    """What is due, how the night went, what is live, and what yesterday looked like."""
    now = timezone.now()
    page = today_of(agent, now, held_blind(agent, request.user.pk))
    reviews = request.member.may(Role.REVIEWER)  # type: ignore[attr-defined]
    assert isinstance(request.user, User)
    goal = goal_of_today(agent, request.user, now) if reviews else None
    return render(
        request,
        "agentops/today.html",
        {"agent": agent, "page": page, "due": due_now(agent, page), "goal": goal},
    )
