"""Search at the desk: the page, and the same list as a part of the desk."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Role
from accounts.pagination import neighbours, page
from context.access import agent_page
from context.models import Agent
from conversations.models import Conversation
from reviews.desk.blind import held_blind
from reviews.desk.search import search, with_passages, words_of

LEAST_CHARACTERS = 2


@agent_page(Role.VIEWER)
@require_GET
def find(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Reviewed conversations that hold the words of `?q=`; without the page around them when the
    desk asks.
    """
    query = request.GET.get("q", "").strip()
    words = words_of(query)
    rows: QuerySet[Conversation] = Conversation.objects.none()
    if sum(map(len, words)) >= LEAST_CHARACTERS:
        today = agent.local_date(timezone.now())
        rows = search(agent, words, today, held_blind(agent, request.user.pk))
    found = page(request, rows)
    values = {
        "agent": agent,
        "query": query,
        "found": with_passages(found.rows, words),
        "too_short": sum(map(len, words)) < LEAST_CHARACTERS,
        **neighbours(request, found),
    }
    part = bool(request.headers.get("HX-Request"))
    return render(request, "reviews/_found.html" if part else "reviews/search.html", values)
