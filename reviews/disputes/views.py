"""Pages of disputes: the list, one dispute with its sides, and each step from doubt to decision."""

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.members import active_members
from accounts.models import Role, User
from accounts.pagination import neighbours, page
from context.access import agent_page
from context.models import Agent
from reviews.desk.checking import InvalidVerdict
from reviews.desk.forms import posted, submitted
from reviews.desk.views import reviewer_of
from reviews.disputes.decisions import Decision, decide, rights_of
from reviews.disputes.opening import (
    DisputeRefused,
    disputes_of,
    drop_dispute,
    name_reader,
    open_dispute,
    put_back,
    read_again,
)
from reviews.disputes.sides import shows_details, sides_of
from reviews.models import Dispute, Verdict
from reviews.scorecards import root_causes

SHOWN = {
    "open": "open",
    "mine": "with a part of mine",
    "closed": "decided or dropped",
    "all": "all",
}


def filtered(rows: QuerySet[Dispute], which: str, user: User) -> QuerySet[Dispute]:
    """The disputes of one of the filters."""
    match which:
        case "open":
            return rows.filter(status__in=Dispute.UNDECIDED)
        case "mine":
            mine = Q(opened_by=user) | Q(second_reader=user) | Q(verdict__reviewer=user)
            return rows.filter(mine | Q(decided_by=user))
        case "closed":
            return rows.exclude(status__in=Dispute.UNDECIDED)
    return rows


@agent_page(Role.VIEWER)
@require_GET
def disputes(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Disputed verdicts, newest first."""
    user, which = reviewer_of(request), request.GET.get("show", "open")
    found = page(request, filtered(disputes_of(agent), which, user), ("-opened_at", "-id"))
    values = {
        "agent": agent,
        "disputes": [(row, shows_details(row, user.pk)) for row in found.rows],
        "filters": SHOWN,
        "which": which if which in SHOWN else "all",
    }
    return render(request, "reviews/disputes.html", values | neighbours(request, found))


def dispute_of(agent: Agent, key: int) -> Dispute:
    """A dispute of this agent, or 404."""
    return get_object_or_404(disputes_of(agent), pk=key)


def to_dispute(agent: Agent, dispute: Dispute) -> HttpResponse:
    """To the page of a dispute, where messages are shown."""
    return redirect("reviews:dispute", agent.workspace.slug, agent.slug, dispute.pk)


@agent_page(Role.VIEWER)
@require_GET
def dispute(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """One dispute: its steps in order, its sides, and what this person may do."""
    found, user = dispute_of(agent, key), reviewer_of(request)
    shown = shows_details(found, user.pk)
    page = {
        "agent": agent,
        "dispute": found,
        "opinion": getattr(found, "opinion", None),
        "shown": shown,
        "sides": sides_of(found) if shown else [],
        "may": rights_of(found, user),
        "causes": root_causes(agent.workspace),
    }
    return render(request, "reviews/dispute.html", page)


@agent_page(Role.REVIEWER)
@require_POST
def doubt(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Open a dispute on a verdict."""
    verdict = get_object_or_404(
        Verdict.objects.select_related("conversation", "scorecard__agent__workspace"),
        pk=key,
        scorecard__agent=agent,
    )
    post = posted(request.POST)
    try:
        reader = named(agent, post.get("reader", ""))
        opened = open_dispute(
            verdict, reviewer_of(request), post.get("reason", ""), timezone.now(), reader
        )
    except DisputeRefused as refusal:
        messages.warning(request, str(refusal))
        place = [agent.workspace.slug, agent.slug, verdict.item_id]
        return redirect("reviews:item", *place) if verdict.item_id else to_list(agent)
    messages.info(request, "The dispute is open. It waits for a second opinion.")
    return to_dispute(agent, opened)


def to_list(agent: Agent) -> HttpResponse:
    """To the list of disputes."""
    return redirect("reviews:disputes", agent.workspace.slug, agent.slug)


def named(agent: Agent, username: str) -> User | None:
    """The reviewer of this name, or None for no name; raises DisputeRefused for a stranger."""
    if not username:
        return None
    members = active_members(agent.workspace).select_related("user")
    member = members.filter(user__username=username).first()
    if member is None:
        raise DisputeRefused(f"{username} is not a reviewer here.")
    return member.user


@agent_page(Role.REVIEWER)
@require_POST
def ask(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Name the second reader, or leave it to anyone."""
    found = dispute_of(agent, key)
    try:
        reader = named(agent, posted(request.POST).get("reader", ""))
        name_reader(found, reader, reviewer_of(request), timezone.now())
    except DisputeRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.info(request, f"The second opinion is asked of {reader or 'anyone'}.")
    return to_dispute(agent, found)


@agent_page(Role.REVIEWER)
@require_POST
def read(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Begin the second opinion, or go on with it."""
    found = dispute_of(agent, key)
    try:
        opinion = read_again(found, reviewer_of(request), timezone.now())
    except DisputeRefused as refusal:
        messages.warning(request, str(refusal))
        return to_dispute(agent, found)
    return redirect("reviews:opinion", agent.workspace.slug, agent.slug, opinion.pk)


@agent_page(Role.REVIEWER)
@require_POST
def leave(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Leave the second opinion to somebody else."""
    found = dispute_of(agent, key)
    try:
        put_back(found, reviewer_of(request))
    except DisputeRefused as refusal:
        messages.warning(request, str(refusal))
    return to_list(agent)


@agent_page(Role.REVIEWER)
@require_POST
def drop(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Close a dispute without a decision."""
    found = dispute_of(agent, key)
    reason = posted(request.POST).get("reason", "")
    try:
        drop_dispute(found, reviewer_of(request), reason, timezone.now())
    except DisputeRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.info(request, "Dropped. The verdict stands.")
    return to_dispute(agent, found)


@agent_page(Role.MANAGER)
@require_POST
def settle(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Take the final decision."""
    found, post = dispute_of(agent, key), posted(request.POST)
    given = submitted(post, approved=False)
    chosen = Decision(
        outcome=post.get("outcome", ""),
        reason=post.get("reason", ""),
        answers=given.answers,
        root_cause=given.root_cause,
    )
    try:
        decide(found, reviewer_of(request), chosen, timezone.now())
    except (DisputeRefused, InvalidVerdict) as refusal:
        messages.error(request, f"Not decided. {refusal}")
    else:
        messages.success(request, "Decided; it is on record.")
    return to_dispute(agent, found)
