"""The page from which files of reviews and verdicts are fetched."""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import Role
from context.access import agent_page
from context.models import Agent
from reviews.desk.api_exports import file_response, period
from reviews.desk.blind import held_blind
from reviews.desk.views import reviewer_of
from reviews.desk.views_reviews import day_of


@agent_page(Role.MANAGER)
@require_GET
def exports(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Which file, of which days."""
    first, last = period(agent, None, None)
    return render(request, "reviews/exports.html", {"agent": agent, "first": first, "last": last})


@agent_page(Role.MANAGER)
@require_GET
def export(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    """The file that the page asks for."""
    first, last = period(agent, None, None)
    days = day_of(request, "from", first), day_of(request, "to", last)
    what, _, form = request.GET.get("file", "").partition(".")
    if days[0] > days[1]:
        raise Http404
    return file_response(agent, what, form, days, held_blind(agent, reviewer_of(request).pk))
