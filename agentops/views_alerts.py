"""Alerts: figures outside of their usual range, and who has looked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts import audit
from accounts.models import Role, User
from agentops.report.labels import KINDS, LABELS
from agentops.report.ranges import ERROR, WATCHED
from context.access import agent_page
from context.models import Agent, Alert
from stats.usual import LEAST_WEEKS

SHOWN = 100
LONGEST_NOTE = 300


@agent_page(Role.VIEWER)
@require_GET
def alerts(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The alerts, newest first; those that wait before the others."""
    rows = Alert.objects.filter(agent=agent).select_related("acknowledged_by")[:SHOWN]
    found = [
        {"row": row, "label": LABELS[row.figure], "kind": KINDS[row.figure]}
        for row in sorted(rows, key=lambda row: not row.is_open)
    ]
    values = {
        "agent": agent,
        "alerts": found,
        "watched": [LABELS[key] for key in WATCHED],
        "weeks": LEAST_WEEKS,
        "error": ERROR,
        "may_manage": request.member.may(Role.MANAGER),  # type: ignore[attr-defined]
    }
    return render(request, "agentops/alerts.html", values)


@require_POST
@agent_page(Role.MANAGER)
def acknowledge(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """Say that somebody has looked, and what they found; or take that back."""
    row = get_object_or_404(Alert, pk=pk, agent=agent)
    assert isinstance(request.user, User)
    name, now = f"{LABELS[row.figure]} in {row.week}", timezone.now()
    if "reopen" in request.POST:
        row.reopen()
        audit.record(agent.workspace, "alert.reopened", name, at=now, user=request.user)
        messages.success(request, f"{name} waits again.")
        return redirect("shell:alerts", agent.workspace.slug, agent.slug)
    note = request.POST.get("note", "").strip()
    if len(note) > LONGEST_NOTE:
        messages.error(request, f"Not saved. The note has at most {LONGEST_NOTE} letters.")
    elif row.acknowledge(now, request.user, note):
        audit.record(
            agent.workspace, "alert.acknowledged", name, at=now, user=request.user, detail=note
        )
        messages.success(request, f"{name} is acknowledged.")
    else:
        messages.error(request, "Somebody has acknowledged it before you.")
    return redirect("shell:alerts", agent.workspace.slug, agent.slug)
