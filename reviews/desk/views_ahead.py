"""What the desk's script calls: drafts with versions, the verdict, and the item after this one.

Everything here has a plain form beside it in `views`; without the script nothing is missing.
"""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import Role, User
from context.access import agent_page
from context.models import Agent
from reviews.desk.ahead import give_back_ahead, item_after, renew_all
from reviews.desk.drafts import EditedElsewhere, check_version, save_draft
from reviews.desk.forms import draft_data, posted
from reviews.desk.verdicts import InvalidVerdict
from reviews.desk.views import (
    asked_date,
    day_values,
    desk_values,
    item_of,
    record_posted,
    reviewer_of,
    to_desk,
)
from reviews.models import QueueItem
from reviews.queue.claims import LeaseLost, begin, claim, claim_next, renew


def number(request: HttpRequest, name: str) -> int | None:
    """A whole number that was posted, or None."""
    given = request.POST.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None


def refused(state: str, message: str, status: int = 409, **more: Any) -> JsonResponse:
    """Why something was not done: `state` for the script, `message` for the person."""
    return JsonResponse({"state": state, "message": message, **more}, status=status)


def lost(item: QueueItem, user: User) -> JsonResponse:
    """Why a person cannot go on with an item: they have decided it, or it is another's."""
    item.refresh_from_db()
    if item.state == QueueItem.State.DONE and item.claimed_by_id == user.pk:
        return refused("decided", "You have decided this conversation already.")
    if item.state == QueueItem.State.SKIPPED:
        return refused("decided", "This conversation was skipped.")
    return refused("lost", "Somebody else has this conversation now, or it went back to the queue.")


@agent_page(Role.REVIEWER)
@require_POST
def draft(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Autosave: keep the draft and the claims; refused when another tab has saved a newer one."""
    found, user, now = item_of(agent, key), reviewer_of(request), timezone.now()
    if not begin(found, user, now) and not renew(found, user, now):
        return lost(found, user)
    renew_all(found.queue, user, now)
    data, version = draft_data(posted(request.POST)), number(request, "draft_version")
    try:
        saved = save_draft(found, user, data, now, version=version)
    except EditedElsewhere as error:
        return refused("edited", str(error))
    return JsonResponse({"state": "saved", "version": saved})


@agent_page(Role.REVIEWER)
@require_POST
def decide(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Record the verdict and begin with the item claimed ahead, all in one request."""
    found, user, now = item_of(agent, key), reviewer_of(request), timezone.now()
    try:
        check_version(found, user, number(request, "draft_version") or 0)
        record_posted(request, found, now)
    except EditedElsewhere as error:
        return refused("edited", str(error))
    except InvalidVerdict as error:
        version = save_draft(found, user, draft_data(posted(request.POST)), now)
        return refused("invalid", f"Not recorded yet. {error}.", 422, version=version)
    except LeaseLost:
        return lost(found, user)
    begun = begin_with(agent, number(request, "next"), user, now)
    return JsonResponse({"state": "recorded", "begun": begun, **day_html(request, found, user)})


def begin_with(agent: Agent, key: int | None, user: User, now: datetime) -> bool:
    """Make an item the one this person works on; False when it is not to be had any more."""
    if key is None:
        return False
    item = QueueItem.objects.filter(queue__agent=agent, pk=key).first()
    try:
        return item is not None and claim(item, user, now) is not None
    except LeaseLost:
        return False


def day_html(request: HttpRequest, item: QueueItem, user: User) -> dict[str, str]:
    """The parts of the desk that a verdict changes, for the script to put in their places."""
    values = day_values(item, user) | {"agent": request.agent, "asked": asked_date(request)}  # type: ignore[attr-defined]
    return {
        name: render_to_string(f"reviews/_{name}.html", values, request)
        for name in ("progress", "last")
    }


@agent_page(Role.REVIEWER)
@require_POST
def ahead(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """The item after this one as the desk will show it, claimed ahead; 204 when there is none."""
    user = reviewer_of(request)
    following = item_after(item_of(agent, key), user, timezone.now())
    if following is None:
        return HttpResponse(status=204)
    values = desk_values(agent, following, user, asked_date(request))
    return render(request, "reviews/_item.html", values)


@agent_page(Role.REVIEWER)
@require_POST
def give_back(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """The page is left: the item it had ahead goes back into the queue."""
    give_back_ahead(item_of(agent, key).queue, reviewer_of(request))
    return HttpResponse(status=204)


@agent_page(Role.REVIEWER)
@require_POST
def another(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Claim one more item, for a second tab that is to work on another than the first."""
    asked = asked_date(request)
    item = claim_next(agent, reviewer_of(request), timezone.now(), queue_date=asked)
    if item is None:
        messages.info(request, "Nothing else is left for you in this queue.")
        return to_desk(agent, asked)
    return redirect("reviews:item", agent.workspace.slug, agent.slug, item.pk)
