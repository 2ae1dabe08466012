"""The proposals: what people taught, what stands against it, and the decision."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.pagination import page
from context.access import agent_page
from context.conflicts import Conflict, conflicts_with
from context.content import Content
from context.forms import AcceptForm, NeededReasonForm, ProposalForm
from context.models import Agent, Proposal
from context.placement import (
    NEW_DOCUMENT,
    accept_at,
    contradictions,
    places_for,
    target,
    target_content,
)
from context.proposals import propose
from context.refusals import Refused
from context.views_releases import person, roles, tabs

ORDER = ("-weight", "-volume", "-id")
EVIDENCE_SHOWN = 8


@dataclass(frozen=True)
class Row:
    """A proposal as the page shows it."""

    proposal: Proposal
    conflicts: list[Conflict]
    evidence: list[int]
    more_evidence: int
    places: list[tuple[str, str]]
    place: str


def to_proposals(agent: Agent, proposal: Proposal | None = None) -> HttpResponse:
    """Back to the list, at the proposal."""
    response = redirect("context:proposals", agent.workspace.slug, agent.slug)
    if proposal is not None:
        response["Location"] += f"#proposal-{proposal.pk}"
    return response


def row_of(proposal: Proposal, agent: Agent, content: Content, may_decide: bool) -> Row:
    """The proposal beside what the documents say now."""
    seen = [part["conversation"] for part in proposal.evidence]
    conflicts = conflicts_with(proposal.body, content.documents, agent.language)
    against = list(contradictions(proposal.body, content, agent.language))
    return Row(
        proposal,
        conflicts if proposal.is_open else [],
        seen[:EVIDENCE_SHOWN],
        max(0, len(seen) - EVIDENCE_SHOWN),
        places_for(proposal, content, agent.language) if may_decide else [],
        against[0] if against else NEW_DOCUMENT,
    )


@agent_page(Role.VIEWER)
@require_safe
def proposals(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The proposals of one status, the most useful first."""
    status = request.GET.get("status", Proposal.Status.OPEN)
    status = status if status in Proposal.Status.values else Proposal.Status.OPEN
    rows = agent.proposals.filter(status=status).select_related("release", "decided_by")
    found, content = page(request, rows, ORDER), target_content(agent)
    may = roles(request)
    values = {
        "agent": agent,
        "rows": [row_of(row, agent, content, may["may_manage"]) for row in found.rows],
        "status": status,
        "statuses": Proposal.Status.choices,
        "target": target(agent),
        "newer": f"?status={status}&cursor={found.previous_cursor}"
        if found.previous_cursor
        else "",
        "older": f"?status={status}&cursor={found.next_cursor}" if found.next_cursor else "",
        "counts": tabs(agent, agent.live_release()),
        "form": ProposalForm(),
        **may,
    }
    return render(request, "context/proposals.html", values)


@agent_page(Role.REVIEWER)
@require_POST
def add(request: HttpRequest, agent: Agent) -> HttpResponse:
    """A person's own suggestion."""
    form = ProposalForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A suggestion needs a title and a text.")
        return to_proposals(agent)
    by, source = person(request), Proposal.Source.PERSON
    proposal, made = propose(agent, source=source, at=timezone.now(), by=by, **form.cleaned_data)
    if made:
        messages.success(request, f"“{proposal.title}” is proposed.")
    else:
        messages.info(request, f"“{proposal.title}” says this already ({proposal.status}).")
    return to_proposals(agent, proposal)


@agent_page(Role.MANAGER)
@require_POST
def accept(request: HttpRequest, agent: Agent, proposal_id: int) -> HttpResponse:
    """Put a proposal, as edited, into the draft."""
    proposal = get_object_or_404(agent.proposals, pk=proposal_id)
    proposal.agent = agent
    places = places_for(proposal, target_content(agent), agent.language)
    form = AcceptForm(request.POST, places=places)
    if not form.is_valid():
        messages.error(request, "The text is empty, or the document it was to go into is gone.")
        return to_proposals(agent, proposal)
    body, place = form.cleaned_data["body"], form.cleaned_data["place"]
    try:
        draft = accept_at(proposal, body, place, person(request), timezone.now())
        messages.success(request, f"“{proposal.title}” is in release {draft.number}.")
    except Refused as refused:
        messages.error(request, str(refused))
    return to_proposals(agent)


@agent_page(Role.MANAGER)
@require_POST
def decline(request: HttpRequest, agent: Agent, proposal_id: int) -> HttpResponse:
    """Say no, and why."""
    proposal = get_object_or_404(agent.proposals, pk=proposal_id)
    proposal.agent = agent
    form = NeededReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say in a few words why it is declined.")
        return to_proposals(agent, proposal)
    try:
        proposal.decline(timezone.now(), person(request), form.cleaned_data["reason"])
        messages.success(request, f"“{proposal.title}” is declined.")
    except Refused as refused:
        messages.error(request, str(refused))
    return to_proposals(agent)
