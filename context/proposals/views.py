"""The list of proposals: what people taught, what stands against it, and what was decided."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.pagination import neighbours, page
from context.access import agent_page, person
from context.forms import ProposalFilterForm, ProposalForm
from context.models import Agent, Proposal
from context.proposals.conflicts import Conflict, conflicts_with
from context.proposals.listing import proposals_of, topics_of
from context.proposals.placement import target, target_content
from context.proposals.proposing import propose
from context.releases.content import Content
from context.releases.views import roles, tabs

ORDER = ("-weight", "-volume", "-id")
EVIDENCE_SHOWN, QUOTES_SHOWN = 8, 2
UNDOABLE = Q(status="declined") | Q(status="accepted", release__status="draft")
STAGES = [
    ("open", "Open"),
    ("accepted", "Accepted"),
    ("live", "Live"),
    ("declined", "Declined"),
    ("all", "All"),
]


@dataclass(frozen=True)
class Row:
    """A proposal as the page shows it."""

    proposal: Proposal
    conflicts: list[Conflict]
    evidence: list[int]
    more_evidence: int
    quotes: list[str]
    rivals: list[Proposal]


def to_proposals(agent: Agent, proposal: Proposal | None = None) -> HttpResponse:
    """Back to the list, at the proposal."""
    response = redirect("context:proposals", agent.workspace.slug, agent.slug)
    if proposal is not None:
        response["Location"] += f"#proposal-{proposal.pk}"
    return response


def row_of(proposal: Proposal, agent: Agent, content: Content) -> Row:
    """The proposal beside what the documents and others say now."""
    seen = [part["conversation"] for part in proposal.evidence]
    undecided = {Proposal.Status.OPEN, Proposal.Status.ACCEPTED}
    return Row(
        proposal,
        conflicts_with(proposal.body, content.documents, agent.language)
        if proposal.is_open
        else [],
        seen[:EVIDENCE_SHOWN],
        max(0, len(seen) - EVIDENCE_SHOWN),
        other_words(proposal)[:QUOTES_SHOWN],
        [one for one in proposal.rivals.all() if one.status in undecided],
    )


def other_words(proposal: Proposal) -> list[str]:
    """What people said for it, every sentence once, without the proposal's own."""
    said = [proposal.body]
    said += [text for part in proposal.evidence for text in part.get("quotes", {}).values()]
    ways: dict[str, str] = {}
    for text in said:
        ways.setdefault(text.strip(" .!?").casefold(), text)
    return list(ways.values())[1:]


@agent_page(Role.VIEWER)
@require_safe
def proposals(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The proposals that are looked for, the most useful first."""
    wanted = ProposalFilterForm(request.GET).wanted()
    rows = proposals_of(agent, wanted).select_related("release", "decided_by", "created_by")
    rows = rows.prefetch_related("rivals", "wordings")
    found, content = page(request, rows, ORDER), target_content(agent)
    last = agent.proposals.filter(UNDOABLE, decided_by=request.user.pk)
    values = {
        "agent": agent,
        "rows": [row_of(row, agent, content) for row in found.rows],
        "wanted": wanted,
        "stages": STAGES,
        "sources": Proposal.Source.choices,
        "topics": topics_of(agent),
        "causes": Proposal.Cause.choices,
        "target": target(agent),
        "last": last.order_by("-decided_at").first(),
        "counts": tabs(agent, agent.live_release()),
        "form": ProposalForm(),
        **neighbours(request, found),
        **roles(request),
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
