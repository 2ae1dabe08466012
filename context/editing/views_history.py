"""Where things come from: the history of a document and of the prompt, the steps of a draft, and
the search in what the agent is and was told.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Role
from accounts.pagination import neighbours, page
from context.access import agent_page
from context.editing.forms import UpkeepForm
from context.editing.history import history_of_document, history_of_prompt
from context.editing.search import MOST_OF_QUERY, origins, search
from context.editing.views import kept
from context.editing.word_diff import Passage, word_diff
from context.models import Agent, Edit
from context.releases.content import content_of
from context.releases.views import find_release, roles, tabs

EVERYWHERE = "all"


@agent_page(Role.VIEWER)
@require_safe
def document_history(request: HttpRequest, agent: Agent, slug: str) -> HttpResponse:
    """Every release that changed a document, word by word, and its upkeep."""
    steps, row, live = history_of_document(agent, slug), kept(agent, slug), agent.live_release()
    if not steps and row is None:
        raise Http404
    there = live.documents.filter(slug=slug).first() if live else None
    change = steps[0].change if steps else None
    values = {
        "agent": agent,
        "slug": slug,
        "title": there.title if there else change.title if change else slug,
        "live": live if there else None,
        "steps": steps,
        "upkeep": row,
        "today": agent.local_date(timezone.now()),
        "upkeep_form": UpkeepForm(initial=UpkeepForm.initial_of(row), workspace=agent.workspace),
        **roles(request),
    }
    return render(request, "context/history.html", values)


@agent_page(Role.VIEWER)
@require_safe
def prompt_history(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Every release that changed the prompt, word by word."""
    values = {"agent": agent, "title": "Prompt", "steps": history_of_prompt(agent)}
    return render(request, "context/history.html", values | roles(request))


@agent_page(Role.VIEWER)
@require_safe
def edits(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """The steps by which a release was written: who, when, why, and what it said before."""
    release = find_release(agent, number)
    rows = release.edits.select_related("by", "proposal")
    found = page(request, rows, ("-id",))
    values = {
        "agent": agent,
        "release": release,
        "rows": [(edit, passages_of(edit)) for edit in found.rows],
        **neighbours(request, found),
    }
    return render(request, "context/edits.html", values)


def passages_of(edit: Edit) -> list[Passage]:
    """What the step changed, word by word."""
    return word_diff(edit.before, edit.after)


@agent_page(Role.VIEWER)
@require_safe
def find(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Search a release (`?in=` its number, the live one at first), or all of them (`?in=all`)."""
    query = " ".join(request.GET.get("q", "").split())[:MOST_OF_QUERY]
    where, live = request.GET.get("in", ""), agent.live_release()
    everywhere = where == EVERYWHERE
    named = where.isascii() and where.isdigit() and len(where) < 10
    release = find_release(agent, int(where)) if named else live
    values = {
        "agent": agent,
        "query": query,
        "everywhere": everywhere,
        "release": release,
        "releases": agent.releases.only("number", "status", "agent"),
        "origins": origins(agent, query) if query and everywhere else [],
        "hits": search(content_of(release), query) if query and release and not everywhere else [],
        "counts": tabs(agent, live),
    }
    return render(request, "context/find.html", values)
