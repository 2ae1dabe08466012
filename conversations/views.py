"""Pages: the list of conversations, and one conversation with everything known about it."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role, User
from accounts.pagination import neighbours, page
from context.access import agent_page
from context.measurements import segment_values
from context.models import Agent
from conversations.filters import FILTERS, InvalidFilter, chosen
from conversations.models import Conversation, HandoverBrief, Outcome
from conversations.outcome import explain, signals_of

SIGNAL_NAMES = {
    "ai_ignored": "A rule kept the AI out",
    "ai_answered": "The AI replied first",
    "ai_snoozed": "The AI asked and waited",
    "customer_returned": "The customer came back",
    "ai_handed_over": "Handed over",
    "human_replied": "A person replied first",
    "ai_closed": "Closed by the AI",
    "closed": "Closed",
    "reopened": "Reopened",
}
CSAT_CHOICES = [
    ("low", "1 and 2"),
    *((str(score), str(score)) for score in range(1, 6)),
    ("scored", "any score"),
    ("none", "no score"),
]


@dataclass(frozen=True)
class Event:
    """A signal on the timeline."""

    name: str
    at: datetime


@agent_page(Role.VIEWER)
@require_GET
def listing(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The conversations, newest first, by filters."""
    rows = Conversation.objects.filter(agent=agent).select_related("release").defer("tags")
    try:
        found = page(request, chosen(rows, request.GET, agent))
    except InvalidFilter as error:
        messages.error(request, f"The filter {error.name} cannot be read. {error}")
        return redirect("conversations:list", agent.workspace.slug, agent.slug)
    given = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    counted = segment_values(agent)
    values = {
        "agent": agent,
        "conversations": found.rows,
        "given": given,
        "outcomes": Outcome.choices,
        "scores": CSAT_CHOICES,
        "topics": counted.get("topic", []),
        "channels": counted.get("channel", []),
    }
    return render(request, "conversations/list.html", values | neighbours(request, found))


def of_agent(agent: Agent) -> QuerySet[Conversation]:
    """The agent's conversations with what their page shows."""
    rows = Conversation.objects.filter(agent=agent)
    return rows.select_related("release", "brief__rated_by").prefetch_related("messages")


@agent_page(Role.VIEWER)
@require_GET
def detail(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """One conversation: what was said, what became of it and why, and its handover brief."""
    row = get_object_or_404(of_agent(agent), pk=key)
    signals = signals_of(row)
    seen = [(SIGNAL_NAMES[name], getattr(signals, name)) for name in SIGNAL_NAMES]
    timeline = sorted((Event(name, at) for name, at in seen if at), key=lambda event: event.at)
    values = {
        "agent": agent,
        "conversation": row,
        "outcome_reason": explain(signals, Outcome(row.outcome)),
        "timeline": [Event("Opened", row.opened_at), *timeline],
        "brief": getattr(row, "brief", None),
        "ratings": HandoverBrief.Rating.choices,
        "may_rate": request.member.may(Role.REVIEWER),  # type: ignore[attr-defined]
    }
    return render(request, "conversations/detail.html", values)


@agent_page(Role.REVIEWER)
@require_POST
def rate_brief(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Note what the person who took over thinks of the brief."""
    conversation = get_object_or_404(Conversation, agent=agent, pk=key)
    row = get_object_or_404(HandoverBrief, conversation=conversation, state="done")
    rating, note = request.POST.get("rating", ""), request.POST.get("note", "")
    if rating not in HandoverBrief.Rating.values:
        messages.error(request, "Choose useful, incomplete or wrong.")
    else:
        assert isinstance(request.user, User)
        text = note.replace("\0", "")[:2000]
        row.rate(rating, text, by=request.user, at=timezone.now())
        messages.success(request, "Thank you: your rating of the brief is kept.")
    response = redirect("conversations:detail", agent.workspace.slug, agent.slug, key)
    response["Location"] += "#brief"
    return response
