"""Pages of the gate: its rules, and starting tests now."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import AuditEntry, Role
from context.access import agent_page, person
from context.models import Agent, Check, Release
from testing.comparing.comparison import counted
from testing.gate.checks import ON_THEIR_WAY, gate
from testing.gate.forms import GateForm
from testing.gate.rules import ACTION, change_rules, subject_of
from testing.gate.weekly import Started, candidates, start_missing_runs
from testing.tasks import wake_workers
from testing.views import may_manage

CHANGES_SHOWN = 10


@agent_page(Role.VIEWER)
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The rules of the gate; a manager changes them, and the checks are decided anew."""
    if request.method != "POST":
        return render(request, "testing/gate.html", gate_values(request, agent, GateForm(agent)))
    if not may_manage(request):
        raise PermissionDenied(f"This needs the role {Role.MANAGER.value}.")
    form = GateForm(agent, request.POST)
    if form.is_valid() and saved(request, agent, form):
        return redirect("testing:gate", agent.workspace.slug, agent.slug)
    return render(request, "testing/gate.html", gate_values(request, agent, form), status=422)


def saved(request: HttpRequest, agent: Agent, form: GateForm) -> bool:
    """Whether the rules were kept; says what was decided anew by them."""
    try:
        checks = change_rules(agent, form.given(), timezone.now(), by=person(request))
    except ValidationError as error:
        form.add_errors(error)
        return False
    messages.success(request, f"The rules of the gate are saved. {decided_anew(checks)}")
    return True


def decided_anew(checks: list[Check]) -> str:
    """Which checks the change touched, in a sentence."""
    if not checks:
        return "No check was to be decided anew."
    said = (f"release {one.release.number} {one.name}: {one.status}" for one in checks)
    return f"Decided anew: {', '.join(said)}."


def gate_values(request: HttpRequest, agent: Agent, form: GateForm) -> dict[str, Any]:
    """What the page shows; without the role the fields are locked."""
    for field in form.fields.values():
        field.disabled = not may_manage(request)
    entries = AuditEntry.objects.filter(
        workspace=agent.workspace, action=ACTION, subject=subject_of(agent)
    )
    return {
        "agent": agent,
        "form": form,
        "changes": entries.select_related("user", "api_key")[:CHANGES_SHOWN],
        "may_manage": may_manage(request),
    }


@agent_page(Role.MANAGER)
@require_POST
def run_release(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """Run what a release on its way still lacks, now."""
    release = get_object_or_404(agent.releases, number=number, status__in=ON_THEIR_WAY)
    release.agent = agent
    say_started(request, [(release, start_now(request, release))])
    return redirect("context:release", agent.workspace.slug, agent.slug, number)


@agent_page(Role.MANAGER)
@require_POST
def run_now(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Run what every candidate still lacks, now."""
    waiting = candidates(agent)
    say_started(request, [(release, start_now(request, release)) for release in waiting])
    if not waiting:
        messages.info(request, "No candidate waits for its tests.")
    return redirect("testing:index", agent.workspace.slug, agent.slug)


def start_now(request: HttpRequest, release: Release) -> Started:
    """Start the missing runs of a release and write what its checks are now."""
    now = timezone.now()
    started = start_missing_runs(release, now, by=person(request))
    for run in started.runs:
        wake_workers(run)
    gate(release, now, started.refused)
    return started


def say_started(request: HttpRequest, found: list[tuple[Release, Started]]) -> None:
    """Say what was started, and why something was not."""
    for release, started in found:
        for reason in dict.fromkeys(started.refused.values()):
            messages.error(request, f"Release {release.number}: {reason}")
        if started.runs:
            runs = counted(len(started.runs), "run")
            messages.success(request, f"Release {release.number}: {runs} started.")
        elif not started.refused:
            text = f"Release {release.number}: every suite was run; its checks are up to date."
            messages.info(request, text)
