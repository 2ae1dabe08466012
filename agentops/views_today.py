"""Today: the page an AI manager opens in the morning."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import Role
from agentops.due import due_now
from agentops.today import today_of
from context.access import agent_page
from context.models import Agent


@agent_page(Role.VIEWER)
def today(request: HttpRequest, agent: Agent) -> HttpResponse:
    """What is due, how the night went, what is live, and what yesterday looked like."""
    page = today_of(agent, timezone.now())
    return render(
        request,
        "agentops/today.html",
        {"agent": agent, "page": page, "due": due_now(agent, page)},
    )
