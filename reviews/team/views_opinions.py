"""The desk outside the queue: a second opinion, or a conversation of a calibration, read blind."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role
from context.access import agent_page
from context.models import Agent
from reviews.desk.checking import InvalidVerdict
from reviews.desk.forms import draft_data, posted, submitted
from reviews.desk.items import sheet
from reviews.desk.views import reviewer_of
from reviews.models import Opinion
from reviews.team.opinions import (
    NotAsked,
    is_asked,
    keep_opinion_draft,
    next_opinion,
    place_of,
    submit_opinion,
    take_opinion_back,
)


def opinion_of(request: HttpRequest, agent: Agent, key: int) -> Opinion:
    """An opinion that is asked of this person, or 404: nobody reads along."""
    rows = Opinion.objects.filter(reviewer=reviewer_of(request), scorecard__agent=agent)
    rows = rows.select_related(
        "conversation__release__agent",
        "scorecard__agent__workspace",
        "reviewer",
        "dispute",
        "entry__session",
    )
    return get_object_or_404(rows, pk=key)


def to_purpose(agent: Agent, opinion: Opinion) -> HttpResponse:
    """To what the opinion was asked for: the dispute, or the calibration's next conversation."""
    slugs = (agent.workspace.slug, agent.slug)
    if opinion.dispute is not None:
        return redirect("reviews:dispute", *slugs, opinion.dispute.pk)
    assert opinion.entry is not None
    if following := next_opinion(opinion.entry.session, opinion.reviewer):
        return redirect("reviews:opinion", *slugs, following.pk)
    return redirect("reviews:calibration", *slugs, opinion.entry.session_id)


@agent_page(Role.REVIEWER)
@require_GET
def opinion(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """The conversation with an empty scorecard, blind of the judge and of everybody else."""
    found = opinion_of(request, agent, key)
    if found.submitted_at or not is_asked(found):
        return to_purpose(agent, found)
    page = {
        "agent": agent,
        "opinion": found,
        "place": place_of(found),
        "desk": sheet(
            agent.workspace,
            found.conversation,
            found.scorecard,
            None,
            found.draft,
            shows_judge=False,
        ),
    }
    return render(request, "reviews/opinion.html", page)


@agent_page(Role.REVIEWER)
@require_POST
def submit(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Hand the opinion in and go on; what does not fit comes back as typed."""
    found, post = opinion_of(request, agent, key), posted(request.POST)
    try:
        given = submitted(post, approved=False)
        submit_opinion(
            found,
            given.answers,
            at=timezone.now(),
            root_cause=given.root_cause,
            note=given.note,
        )
    except InvalidVerdict as error:
        keep_opinion_draft(found, draft_data(post))
        messages.error(request, f"Not recorded yet. {error}.")
        return redirect("reviews:opinion", agent.workspace.slug, agent.slug, found.pk)
    except NotAsked as error:
        messages.warning(request, str(error))
    return to_purpose(agent, found)


@agent_page(Role.REVIEWER)
@require_POST
def save_draft(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Autosave: says so, or that the opinion is no longer asked."""
    found = opinion_of(request, agent, key)
    if keep_opinion_draft(found, draft_data(posted(request.POST))):
        return JsonResponse({"state": "saved"})
    gone = {"state": "lost", "message": "Your opinion is no longer asked here."}
    return JsonResponse(gone, status=409)


@agent_page(Role.REVIEWER)
@require_POST
def take_back(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Reopen an answer of an open calibration, as it was given."""
    found = opinion_of(request, agent, key)
    try:
        take_opinion_back(found)
    except NotAsked as error:
        messages.warning(request, str(error))
        return to_purpose(agent, found)
    return redirect("reviews:opinion", agent.workspace.slug, agent.slug, found.pk)
