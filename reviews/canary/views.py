"""Pages of the canary: its checks, what flipped, its members, and filling and checking it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role
from accounts.pagination import neighbours, page
from context.access import agent_page
from context.models import Agent
from llm.calls import UnknownPrice
from llm.states import WorkState
from reviews import tasks
from reviews.canary.members import (
    LEAST,
    LEAST_FAILED,
    counts,
    fill,
    members,
    plan_check,
    stop_check,
)
from reviews.canary.verdict import Comparison, Flip, history, newest_check
from reviews.canary.work import price
from reviews.desk.blind import held_blind
from reviews.desk.views import reviewer_of
from reviews.models import CanaryCheck

CHECKS_SHOWN = 14


def may_manage(request: HttpRequest) -> bool:
    """Whether this person may fill and check the canary."""
    return bool(request.member.may(Role.MANAGER))  # type: ignore[attr-defined]


def flips_of(request: HttpRequest, agent: Agent, newest: Comparison | None) -> list[Flip]:
    """The flips of a check, without those this person is about to judge blind."""
    hidden = held_blind(agent, request.user.pk)
    flips = newest.flips if newest else []
    return [flip for flip in flips if flip.member.conversation_id not in hidden]


def back(agent: Agent) -> HttpResponse:
    """Back to the canary."""
    return redirect("reviews:canary", agent.workspace.slug, agent.slug)


@agent_page(Role.VIEWER)
@require_GET
def canary(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The newest check with its flips, the checks before it, and the members."""
    checks, found = history(agent, CHECKS_SHOWN), counts(agent)
    rows = members(agent).exclude(conversation__in=held_blind(agent, request.user.pk))
    rows = rows.select_related("conversation", "verdict__reviewer")
    listed = page(request, rows, ("passed", "id"))
    values: dict[str, Any] = {
        "agent": agent,
        "checks": checks,
        "newest": checks[0] if checks else None,
        "flips": flips_of(request, agent, checks[0] if checks else None),
        "counts": found,
        "least": LEAST,
        "least_failed": LEAST_FAILED,
        "members": listed.rows,
        "may_manage": may_manage(request),
    }
    if may_manage(request) and not found.missing:
        try:
            values["price"] = price(agent, timezone.now())
        except UnknownPrice as unknown:
            values["refusal"] = str(unknown)
    return render(request, "reviews/canary.html", values | neighbours(request, listed))


@agent_page(Role.VIEWER)
@require_GET
def newest(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The newest check, asked again and again while its answers come."""
    found = newest_check(agent)
    values = {
        "agent": agent,
        "newest": found,
        "flips": flips_of(request, agent, found),
        "may_manage": may_manage(request),
    }
    return render(request, "reviews/_canary.html", values)


@agent_page(Role.MANAGER)
@require_POST
def refresh(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Fill the canary from the newest labels now."""
    done = fill(agent, timezone.now())
    messages.info(request, f"Added {done.added}, retired {done.retired}.")
    return back(agent)


@agent_page(Role.MANAGER)
@require_POST
def check_now(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Put the canary to the judge now; what of today's check failed or was skipped is retried."""
    now, by = timezone.now(), reviewer_of(request)
    check = plan_check(agent, agent.local_date(now), CanaryCheck.Reason.ASKED, now, by)
    if check is None:
        messages.warning(request, f"The canary is too small: {counts(agent).missing}.")
    elif not check.results.filter(state__in=(WorkState.PENDING, WorkState.WORKING)).exists():
        messages.info(request, "Today's check of this judge is complete: nothing is left to ask.")
    else:
        tasks.work_canary.delay_on_commit()  # type: ignore[attr-defined]
        messages.info(request, "The judge is being asked; the answers appear here.")
    return back(agent)


@agent_page(Role.MANAGER)
@require_POST
def stop(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Stop a check; answers that came are kept."""
    key = request.POST.get("check", "")
    rows = agent.canary_checks.all()
    check = get_object_or_404(rows, pk=key if key.isdecimal() and len(key) < 10 else 0)
    count = stop_check(check, reviewer_of(request))
    messages.info(request, f"Stopped: {count} answer{'' if count == 1 else 's'} will not come.")
    return back(agent)
