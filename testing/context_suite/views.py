"""Pages of a candidate's context test: what changed, whether it is used, what else moved."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import Role
from context.access import agent_page, person
from context.models import Agent, Release
from context.models.release_status import UNFROZEN
from llm.calls import UnknownPrice
from testing.cases.suites import suite_of
from testing.comparing.comparison import counted
from testing.context_suite.cases import plan_context_test
from testing.context_suite.changed import baseline_of
from testing.context_suite.reading import findings_of
from testing.context_suite.sentences import headline, next_step
from testing.context_suite.under_way import said_under_way
from testing.gate.checks import decide_again
from testing.models import ContextTest, Contradiction, GateRules, Suite
from testing.refusals import Refused
from testing.tasks import wake_context_workers
from testing.views import may_manage


def release_of_page(agent: Agent, number: int) -> Release:
    """A submitted release of this agent, or 404."""
    release = get_object_or_404(agent.releases.exclude(status__in=UNFROZEN), number=number)
    release.agent = agent
    return release


def to_test(agent: Agent, number: int) -> HttpResponse:
    """To the page of the context test, where the message is shown."""
    return redirect("testing:context", agent.workspace.slug, agent.slug, number)


@agent_page(Role.VIEWER)
@require_safe
def context_test(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """Everything a candidate's context changes, with what its test says of it."""
    release = release_of_page(agent, number)
    found = findings_of(release)
    values = {
        "agent": agent,
        "release": release,
        "baseline": found.test.baseline if found.test else None,
        "found": found,
        "headline": headline(found),
        "step": next_step(found),
        "suite": suite_of(agent, Suite.Kind.CONTEXT, timezone.now()),
        "trials": GateRules.of(agent).trials,
        "searching": said_under_way(found.test, found.contradictions.suspected),
        "may_manage": may_manage(request),
        **progress_values(found.test),
    }
    return render(request, "testing/context.html", values)


def progress_values(test: ContextTest | None) -> dict[str, Any]:
    """What the progress of a context test shows."""
    if test is None:
        return {"test": None}
    counts = test.progress()
    waiting = counts["pending"] + counts["working"]
    return {
        "test": test,
        "counts": counts,
        "ended": counts["total"] - waiting,
        "is_working": bool(waiting),
        "faults": [row for row in test.changes.all() if row.error],
        "spent": test.spent_usd(),
    }


@agent_page(Role.VIEWER)
@require_safe
def context_progress(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """The progress alone, asked for every other second; the page is loaded anew at the end."""
    release = release_of_page(agent, number)
    values = progress_values(ContextTest.objects.shown_for(release, baseline_of(release)))
    if not values.get("is_working"):
        return HttpResponseClientRefresh()
    shown = {"agent": agent, "release": release} | values
    return render(request, "testing/_context_progress.html", shown)


@agent_page(Role.MANAGER)
@require_POST
def prepare_context(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """Plan the context test, or open again what came to nothing; a worker does the rest."""
    release = release_of_page(agent, number)
    try:
        test = plan_context_test(release, baseline_of(release), timezone.now(), person(request))
    except UnknownPrice as unknown:
        messages.error(request, str(unknown))
        return to_test(agent, number)
    if count := test.retry_failed():
        messages.info(request, f"{counted(count, 'piece')} of work to be done again.")
    wake_context_workers(test)
    return to_test(agent, number)


@agent_page(Role.MANAGER)
@require_POST
def decide_contradiction(
    request: HttpRequest, agent: Agent, number: int, contradiction_id: int, decision: str
) -> HttpResponse:
    """Dismiss a contradiction with a reason, or take that back."""
    row = get_object_or_404(Contradiction, pk=contradiction_id, agent=agent)
    try:
        if decision == "dismiss":
            row.dismiss(timezone.now(), request.POST.get("reason", ""), person(request))
            text = "Dismissed while both passages stay as they are."
        else:
            row.reopen(timezone.now(), person(request))
            text = "Open again."
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, text)
        decide_again(agent, timezone.now(), "a contradiction was decided")
    return to_test(agent, number)
