"""The review desk: one conversation at a time, claimed, decided, and on to the next."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role, User
from context.access import agent_page
from context.models import Agent
from conversations.weeks import parse_day
from reviews.desk.ahead import give_back_ahead
from reviews.desk.blind import is_deciding
from reviews.desk.comparison import comparison
from reviews.desk.drafts import save_draft
from reviews.desk.forms import draft_data, posted, submitted
from reviews.desk.items import day_progress, desk_item, last_verdict, open_queues
from reviews.desk.verdicts import InvalidVerdict, NotYours, record_verdict, withdraw
from reviews.disputes.opening import possible_readers
from reviews.disputes.sides import disputes_on, standing_on
from reviews.models import QueueItem, Verdict
from reviews.quality.figure import interval_of
from reviews.quality.labels import labels
from reviews.queue.assignment import left_to_others
from reviews.queue.claims import (
    LeaseLost,
    claim,
    claim_next,
    held_item,
    queue_for,
    release_item,
    skip_item,
)
from reviews.queue.sampling import build_queue
from reviews.team.goals import goal_of_today


def reviewer_of(request: HttpRequest) -> User:
    """The person at the desk."""
    assert isinstance(request.user, User)
    return request.user


def asked_date(request: HttpRequest) -> date | None:
    """The date of an older queue (`?date=`), or None for today's; 404 for what is no date."""
    given = request.GET.get("date") or request.POST.get("date")
    if not given:
        return None
    try:
        return parse_day(given)
    except ValueError:
        raise Http404 from None


def to_desk(agent: Agent, queue_date: date | None) -> HttpResponse:
    """Back to the desk, at the same queue."""
    response = redirect("reviews:desk", agent.workspace.slug, agent.slug)
    if queue_date is not None:
        response["Location"] += f"?date={queue_date.isoformat()}"
    return response


@agent_page(Role.REVIEWER)
@require_GET
def desk(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The item this person holds, or the next one, claimed for them."""
    now, user, asked = timezone.now(), reviewer_of(request), asked_date(request)
    item = held_item(agent, user, now, queue_date=asked)
    item = item or claim_next(agent, user, now, queue_date=asked)
    if item is None:
        return queue_done(request, agent, asked)
    return show_item(request, agent, item, asked)


def show_item(
    request: HttpRequest, agent: Agent, item: QueueItem, asked: date | None
) -> HttpResponse:
    """The desk with an item this person holds."""
    return render(
        request, "reviews/desk.html", desk_values(agent, item, reviewer_of(request), asked)
    )


def desk_values(agent: Agent, item: QueueItem, user: User, asked: date | None) -> dict[str, Any]:
    """What the desk shows of an item."""
    return {"agent": agent, "desk": desk_item(item, user), "asked": asked, **day_values(item, user)}


def day_values(item: QueueItem, user: User) -> dict[str, Any]:
    """How far the item's queue is, and the verdict of this person that undo would take back."""
    last = last_verdict(item.queue, user)
    return {
        "progress": day_progress(item.queue, user),
        "goal": goal_of_today(item.queue.agent, user, timezone.now()),
        "last": comparison(last) if last else None,
    }


def queue_done(request: HttpRequest, agent: Agent, asked: date | None) -> HttpResponse:
    """Nothing is left for this person: what the day brought, and what else is open."""
    user, now = reviewer_of(request), timezone.now()
    queue = queue_for(agent, now, asked)
    last = last_verdict(queue, user) if queue else None
    page = {
        "agent": agent,
        "queue": queue,
        "today": agent.local_date(now),
        "progress": day_progress(queue, user) if queue else None,
        "goal": goal_of_today(agent, user, now),
        "found": interval_of(labels(agent, queue.day, queue.day)) if queue else None,
        "last": comparison(last) if last else None,
        "others": open_queues(agent, queue),
        "assigned": left_to_others(queue, user, now) if queue else [],
        "asked": asked,
    }
    return render(request, "reviews/desk_done.html", page)


def item_of(agent: Agent, key: int) -> QueueItem:
    """An item of this agent, or 404."""
    found = QueueItem.objects.filter(queue__agent=agent).select_related(
        "queue__agent__workspace",
        "stratum",
        "conversation__release__agent",
        "review__scorecard",
        "review__judge",
        "claimed_by",
    )
    return get_object_or_404(found, pk=key)


@agent_page(Role.REVIEWER)
@require_GET
def item(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """One item: to be decided if this person can have it, else with its verdict and the judge's."""
    found, user = item_of(agent, key), reviewer_of(request)
    own = not QueueItem.objects.filter(
        queue=found.queue, conversation=found.conversation, claimed_by=user
    ).exclude(pk=found.pk)
    if found.state in (QueueItem.State.OPEN, QueueItem.State.CLAIMED) and own:
        try:
            return show_item(request, agent, claim(found, user, timezone.now()), found.queue.date)
        except LeaseLost:
            pass
    verdict = standing_on(found)
    if reads_blind := is_deciding(user.pk, found.conversation_id):
        verdict = None
    page = {
        "agent": agent,
        "desk": desk_item(found, user, hide=reads_blind or (verdict is None and found.is_blind)),
        "verdict": verdict,
        "waits": found.state == QueueItem.State.DONE and verdict is None,
        "compared": comparison(verdict) if verdict else None,
        "disputes": disputes_on(found.conversation, user.pk) if verdict else [],
        "readers": possible_readers(verdict, user) if verdict else [],
    }
    return render(request, "reviews/item.html", page)


@agent_page(Role.REVIEWER)
@require_POST
def submit(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Record the verdict and go on to the next item; what does not fit comes back as typed."""
    found, user, now = item_of(agent, key), reviewer_of(request), timezone.now()
    try:
        record_posted(request, found, now)
    except InvalidVerdict as error:
        save_draft(found, user, draft_data(posted(request.POST)), now)
        messages.error(request, f"Not recorded yet. {error}.")
    except LeaseLost as error:
        messages.warning(request, str(error))
    return to_desk(agent, asked_date(request))


def record_posted(request: HttpRequest, found: QueueItem, now: datetime) -> None:
    """Record the verdict that the form holds; raises what `submitted` and `record_verdict` do."""
    approved = request.member.may(Role.MANAGER)  # type: ignore[attr-defined]
    given = submitted(posted(request.POST), approved=approved)
    record_verdict(
        found,
        reviewer_of(request),
        given.answers,
        at=now,
        root_cause=given.root_cause,
        note=given.note,
        make_case=given.case,
        make_proposal=given.proposal,
    )


@agent_page(Role.REVIEWER)
@require_POST
def skip(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Skip an item for a reason; another of its kind takes its place."""
    found, reason = item_of(agent, key), posted(request.POST).get("reason", "")
    try:
        replacement = skip_item(found, reviewer_of(request), reason, timezone.now())
    except (LeaseLost, ValueError) as error:
        messages.warning(request, str(error))
    else:
        text = "another of its kind takes its place" if replacement else "no other of its kind"
        messages.info(request, f"Skipped; {text}.")
    return to_desk(agent, asked_date(request))


@agent_page(Role.REVIEWER)
@require_POST
def release(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Put an item back into the queue, with the one claimed ahead, and leave the desk."""
    found, user = item_of(agent, key), reviewer_of(request)
    give_back_ahead(found.queue, user)
    try:
        release_item(found, user)
    except LeaseLost as error:
        messages.warning(request, str(error))
    return redirect("shell:today", agent.workspace.slug, agent.slug)


@agent_page(Role.REVIEWER)
@require_POST
def undo(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Take a verdict back; its item is on the desk again, with the answers as they were."""
    verdict = get_object_or_404(Verdict, pk=key, scorecard__agent=agent)
    try:
        withdraw(verdict, reviewer_of(request), timezone.now())
    except (LeaseLost, NotYours) as error:
        messages.warning(request, str(error))
        return to_desk(agent, asked_date(request))
    messages.info(request, "Taken back. Your answers are as you left them.")
    if verdict.item_id is None:
        return to_desk(agent, asked_date(request))
    return redirect("reviews:item", agent.workspace.slug, agent.slug, verdict.item_id)


@agent_page(Role.MANAGER)
@require_POST
def build(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Draw today's queue now, without waiting for the morning."""
    now = timezone.now()
    build_queue(agent, agent.local_date(now), now)
    return to_desk(agent, None)
