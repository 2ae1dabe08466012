"""Today: the page an AI manager opens in the morning."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import Role, User
from agentops.due import due_now
from agentops.today import Today, today_of
from context.access import agent_page
from context.models import Agent
from reviews.desk.blind import asked_of, held_blind
from reviews.desk.views import reviewer_of
from reviews.queue.assignment import left_to_others
from reviews.queue.claims import queue_for
from reviews.team.goals import goal_of_today


@agent_page(Role.VIEWER)
def today(request: HttpRequest, agent: Agent) -> HttpResponse:
    """What is due, how the night went, what is live, and what yesterday looked like."""
    now = timezone.now()
    page = today_of(agent, now, held_blind(agent, request.user.pk))
    values = {"agent": agent, "page": page, "due": due_now(agent, page)}
    if request.member.may(Role.REVIEWER):  # type: ignore[attr-defined]
        values |= own_work(agent, page, reviewer_of(request), now)
    return render(request, "agentops/today.html", values)


def own_work(agent: Agent, page: Today, user: User, now: datetime) -> dict[str, Any]:
    """What is this person's own: their goal, what is asked of them, what is left for others."""
    queue = queue_for(agent, now, page.queue.date) if page.queue else None
    return {
        "due": due_now(agent, page, asked_of(agent, user.pk)),
        "goal": goal_of_today(agent, user, now),
        "assigned": left_to_others(queue, user, now) if queue else [],
    }
