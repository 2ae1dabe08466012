"""The page of a release's rollout, and its buttons."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role, User
from context.access import agent_page, person
from context.forms import RaiseForm, RolloutForm, StepForm
from context.models import Agent, Release, Rollout
from context.refusals import Refused
from context.releases.views import find_release, roles
from context.releases.views_steps import to_release
from context.rollouts.arms import arm_counts, split_of
from context.rollouts.rows import figure_rows, looks_by_day
from context.rollouts.starting import open_rollout, promote, start_rollout

PEOPLE = ("baseline", "started_by", "ended_by")
Step = Callable[[Rollout, datetime, User, str], str]


def to_rollout(release: Release) -> HttpResponse:
    """To the rollout's page, where the message is shown."""
    agent = release.agent
    return redirect("context:rollout", agent.workspace.slug, agent.slug, release.number)


@agent_page(Role.VIEWER)
@require_safe
def rollout(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """The newest rollout of a release: progress, the split, figures of both sides, looks."""
    release = find_release(agent, number)
    rollouts = list(release.rollouts.select_related(*PEOPLE).prefetch_related("pauses__by"))
    if not rollouts:
        raise Http404
    found, now = rollouts[0], timezone.now()
    found.agent, found.release = agent, release
    counts = arm_counts(found)
    values = {
        "agent": agent,
        "release": release,
        "rollout": found,
        "earlier": rollouts[1:],
        "percent_done": round(100 * found.done_share(now)),
        "is_measured": found.impacts.exists(),
        "is_over": found.is_open and now >= found.ends_at,
        "split": split_of(found, counts),
        "figures": figure_rows(found, counts),
        "days": looks_by_day(found),
        "confirm": request.GET.get("confirm", ""),
        **roles(request),
    }
    return render(request, "context/rollout.html", values)


@agent_page(Role.MANAGER)
@require_POST
def start(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """Start a rollout, or say why not."""
    release, form = find_release(agent, number), RolloutForm(request.POST)
    if not form.is_valid():
        messages.error(request, "; ".join(form.faults()))
        return to_release(release)
    data = form.cleaned_data
    try:
        start_rollout(
            release, data["share"], data["days"], timezone.now(), person(request), data["reason"]
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return to_release(release)
    messages.success(request, f"Release {number} answers {data['share']} % of the customers.")
    return to_rollout(release)


def pause(found: Rollout, at: datetime, by: User, reason: str) -> str:
    """Let the live release answer everybody."""
    found.pause(at, by, reason)
    return "The rollout is paused; the live release answers everybody."


def resume(found: Rollout, at: datetime, by: User, reason: str) -> str:
    """Go on."""
    found.resume(at, by, reason)
    return f"Release {found.release.number} answers {found.share} % of the customers again."


def stop(found: Rollout, at: datetime, by: User, reason: str) -> str:
    """Give all customers back."""
    found.stop(at, by, reason)
    return "The rollout is stopped; the live release answers everybody."


def publish(found: Rollout, at: datetime, by: User, _reason: str) -> str:
    """Let it answer everybody."""
    promote(found.release, at, by)
    return f"Release {found.release.number} is live."


STEPS: dict[str, Step] = {"pause": pause, "resume": resume, "stop": stop, "promote": publish}


@agent_page(Role.MANAGER)
@require_POST
def step(request: HttpRequest, agent: Agent, number: int, name: str) -> HttpResponse:
    """Do one step of a rollout, or say why not."""
    release, form = find_release(agent, number), StepForm(request.POST)
    if name not in STEPS:
        raise Http404
    try:
        if not form.is_valid():
            raise Refused("The reason is longer than 2,000 characters.")
        found, reason = open_rollout(release), form.cleaned_data["reason"]
        messages.success(request, STEPS[name](found, timezone.now(), person(request), reason))
    except Refused as refused:
        messages.error(request, str(refused))
    return to_rollout(release)


@agent_page(Role.MANAGER)
@require_POST
def raise_share(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """Reach more customers, or say why not."""
    release, form = find_release(agent, number), RaiseForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused("; ".join(form.faults()))
        share, reason = form.cleaned_data["share"], form.cleaned_data["reason"]
        open_rollout(release).raise_share(share, timezone.now(), person(request), reason)
        messages.success(request, f"Release {number} answers {share} % of the customers.")
    except Refused as refused:
        messages.error(request, str(refused))
    return to_rollout(release)
