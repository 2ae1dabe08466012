"""Deciding proposals: accept with the difference seen first, decline, merge, take out, undo."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Role
from context.access import agent_page, person
from context.forms import AcceptForm, DeclineForm
from context.models import Agent, Proposal
from context.proposals.conflicts import conflicts_with
from context.proposals.merging import merge, split
from context.proposals.placement import (
    NEW_DOCUMENT,
    accept_at,
    contradictions,
    places_for,
    previewed,
    target,
    target_content,
)
from context.proposals.reopening import take_back
from context.proposals.views import to_proposals
from context.refusals import Refused
from context.releases.views import roles

MOST_AT_ONCE = 200
UNFIT = "The text is empty, or the document it was to go into is gone."


def proposal_of(agent: Agent, proposal_id: int) -> Proposal:
    """A proposal of this agent, or 404."""
    found = get_object_or_404(agent.proposals, pk=proposal_id)
    found.agent = agent
    return found


@agent_page(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, agent: Agent, proposal_id: int) -> HttpResponse:
    """Put a proposal, as edited, into the draft; what that changes is shown before."""
    proposal, content = proposal_of(agent, proposal_id), target_content(agent)
    places = places_for(proposal, content, agent.language)
    if request.method != "POST":
        return asked(request, proposal, proposal.body, best_place(proposal))
    form = AcceptForm(request.POST, places=places)
    if not form.is_valid():
        messages.error(request, UNFIT)
        return to_proposals(agent, proposal)
    body, place = form.cleaned_data["body"], form.cleaned_data["place"]
    if "preview" in request.POST:
        return asked(request, proposal, body, place)
    try:
        draft = accept_at(proposal, body, place, person(request), timezone.now())
        messages.success(request, f"“{proposal.title}” is in release {draft.number}.")
    except Refused as refused:
        messages.error(request, str(refused))
    return to_proposals(agent)


def best_place(proposal: Proposal) -> str:
    """The document whose sentence it contradicts, else one of its own."""
    agent = proposal.agent
    against = contradictions(proposal.body, target_content(agent), agent.language)
    return next(iter(against), NEW_DOCUMENT)


def asked(request: HttpRequest, proposal: Proposal, body: str, place: str) -> HttpResponse:
    """The text, the place, and what accepting it there would change."""
    agent, content = proposal.agent, target_content(proposal.agent)
    change = previewed(proposal, content, body, place, agent.language)
    values = {
        "agent": agent,
        "proposal": proposal,
        "body": body,
        "place": place,
        "places": places_for(proposal, content, agent.language),
        "target": target(agent),
        "document": None if isinstance(change, list) else change,
        "prompt": change if isinstance(change, list) else [],
        "conflicts": conflicts_with(body, content.documents, agent.language),
        "rivals": proposal.rivals.exclude(status=Proposal.Status.DECLINED),
        "causes": Proposal.Cause.choices,
    }
    return render(request, "context/accept.html", values | roles(request))


@agent_page(Role.MANAGER)
@require_POST
def decline(request: HttpRequest, agent: Agent, proposal_id: int) -> HttpResponse:
    """Say no, and why."""
    proposal, form = proposal_of(agent, proposal_id), DeclineForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say in a few words why it is declined.")
        return to_proposals(agent, proposal)
    try:
        proposal.decline(timezone.now(), person(request), **form.cleaned_data)
        messages.success(request, f"“{proposal.title}” is declined.")
    except Refused as refused:
        messages.error(request, str(refused))
    return to_proposals(agent)


@agent_page(Role.MANAGER)
@require_POST
def undo(request: HttpRequest, agent: Agent, proposal_id: int) -> HttpResponse:
    """Take a decision back, or a wording out of the proposal it was merged into."""
    proposal, at = proposal_of(agent, proposal_id), timezone.now()
    try:
        if proposal.status == Proposal.Status.MERGED:
            split(proposal, at, person(request))
            messages.success(request, f"“{proposal.title}” is a proposal of its own.")
        else:
            take_back(proposal, at, person(request))
            messages.success(request, f"“{proposal.title}” is open again.")
    except Refused as refused:
        messages.error(request, str(refused))
    return to_proposals(agent, proposal)


@agent_page(Role.MANAGER)
@require_POST
def decide_many(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Accept, decline or merge the chosen proposals: each as far as it can be."""
    keys = [key for key in request.POST.getlist("proposal") if key.isascii() and key.isdigit()]
    chosen = list(agent.proposals.filter(pk__in=[int(key) for key in keys[:MOST_AT_ONCE]]))
    what, form = request.POST.get("what"), DeclineForm(request.POST)
    if not chosen or (what == "merge" and len(chosen) < 2):
        messages.error(request, "Choose two to merge." if chosen else "Choose some first.")
    elif what == "decline" and not form.is_valid():
        messages.error(request, "Say in a few words why they are declined.")
    elif what in ("accept", "decline", "merge"):
        decide(request, what, chosen, form)
    return to_proposals(agent)


def decide(request: HttpRequest, what: str, chosen: list[Proposal], form: DeclineForm) -> None:
    """Do the same with each, and say what was refused."""
    by, at, done = person(request), timezone.now(), 0
    kept = chosen[0]
    for proposal in chosen[1:] if what == "merge" else chosen:
        proposal.agent = kept.agent = request.agent  # type: ignore[attr-defined]
        try:
            if what == "accept":
                accept_at(proposal, proposal.body, best_place(proposal), by, at)
            elif what == "decline":
                proposal.decline(at, by, **form.cleaned_data)
            else:
                merge(kept, proposal, at, by)
            done += 1
        except Refused as refused:
            messages.error(request, str(refused))
    if done:
        words = {"accept": "accepted", "decline": "declined", "merge": "merged into the first"}
        messages.success(request, f"{done} {'is' if done == 1 else 'are'} {words[what]}.")
