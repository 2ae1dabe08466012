"""The day's queue as a list: what is left, for whom; managers assign, reviewers take."""

from datetime import date

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.members import active_members
from accounts.models import Role, User
from accounts.pagination import neighbours, page
from context.access import agent_page
from context.models import Agent
from reviews.desk.forms import posted
from reviews.desk.items import day_progress
from reviews.desk.views import asked_date, reviewer_of
from reviews.models import Queue, QueueItem
from reviews.queue.assignment import AssignmentRefused, assign, reviewers_here, spread_evenly
from reviews.queue.claims import queue_for

State = QueueItem.State
MOST = 1000  # keys one form may name
LONGEST_KEY = 19  # digits that a key of the database cannot have
NOTHING = "Nothing was assigned: no item here is free to be given anew."
SHOWN = {
    "all": "all",
    "left": "still to decide",
    "anyone": "for anyone",
    "mine": "assigned to me",
    "done": "decided",
    "skipped": "skipped",
}


def filtered(rows: QuerySet[QueueItem], which: str, user: User) -> QuerySet[QueueItem]:
    """The items of one of the filters."""
    left = rows.filter(state__in=[State.OPEN, State.CLAIMED])
    match which:
        case "left":
            return left
        case "anyone":
            return left.filter(assigned_to=None)
        case "mine":
            return left.filter(assigned_to=user)
        case "done" | "skipped":
            return rows.filter(state=which)
    return rows


@agent_page(Role.REVIEWER)
@require_GET
def queue(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The items of today's queue, or of a date's, in order."""
    user, asked = reviewer_of(request), asked_date(request)
    found = queue_for(agent, timezone.now(), asked)
    people = reviewers_here(found) if found else []
    which, who = request.GET.get("show", "all"), request.GET.get("who", "")
    who = who if who in {person.username for person in people} else ""
    rows = QueueItem.objects.filter(queue=found).select_related(
        "conversation", "stratum", "assigned_to", "claimed_by"
    )
    rows = rows.filter(assigned_to__username=who) if who else rows
    items = page(request, filtered(rows, which, user), ("position", "id"))
    values = {
        "agent": agent,
        "queue": found,
        "items": items.rows,
        "filters": SHOWN,
        "which": which if which in SHOWN else "all",
        "who": who,
        "people": people,
        "manages": request.member.may(Role.MANAGER),  # type: ignore[attr-defined]
        "progress": day_progress(found, user) if found else None,
        "asked": asked,
    }
    return render(request, "reviews/queue.html", values | neighbours(request, items))


def to_queue(agent: Agent, asked: date | None) -> HttpResponse:
    """Back to the list of the same queue."""
    response = redirect("reviews:queue", agent.workspace.slug, agent.slug)
    if asked is not None:
        response["Location"] += f"?date={asked.isoformat()}"
    return response


@agent_page(Role.REVIEWER)
@require_POST
def assign_items(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Assign the chosen items, take them, open them for anyone, or spread them by goals."""
    user, asked = reviewer_of(request), asked_date(request)
    found = queue_for(agent, timezone.now(), asked)
    if found is None:
        return to_queue(agent, asked)
    given = request.POST.getlist("item")[:MOST]
    keys = [int(key) for key in given if key.isdecimal() and len(key) < LONGEST_KEY]
    post = posted(request.POST)
    try:
        count = assigned(found, keys, post.get("do", ""), post.get("assignee", ""), user)
    except AssignmentRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        said = f"{count} item{'' if count == 1 else 's'} assigned anew."
        messages.info(request, said if count else NOTHING)
    return to_queue(agent, asked)


def assigned(found: Queue, keys: list[int], do: str, username: str, user: User) -> int:
    """Do what the button says; returns how many items changed. Raises AssignmentRefused."""
    now = timezone.now()
    if do == "spread":
        return spread_evenly(found, keys or None, by=user, at=now)
    if not keys:
        raise AssignmentRefused("Choose items first.")
    if do == "open":
        return assign(found, keys, None, by=user, at=now)
    if do == "take":
        return assign(found, keys, user, by=user, at=now)
    members = active_members(found.agent.workspace).select_related("user")
    member = members.filter(user__username=username).first()
    if member is None:
        raise AssignmentRefused("Choose a reviewer of this workspace.")
    return assign(found, keys, member.user, by=user, at=now)
