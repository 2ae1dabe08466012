"""Pages of new questions: what was found, by rank, and what a person decides about each cluster."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import Role
from accounts.pagination import neighbours, page
from context.access import agent_page, person
from context.models import Agent
from llm.calls import ModelError
from testing.comparing.comparison import counted
from testing.models import Discovery, QuestionCluster
from testing.questions.discovery import estimate_discovery, last_whole_week, start_discovery
from testing.questions.trend import last_weeks, trends, week_before
from testing.refusals import Refused
from testing.tasks import wake_discoverers
from testing.views import may_manage

ORDER = ("-week", "-rank", "-id")
MOST_MERGED = 50
LONGEST_KEY = 18

Status = QuestionCluster.Status


def to_questions(agent: Agent) -> HttpResponse:
    """Back to the list, where the message is shown."""
    return redirect("testing:questions", agent.workspace.slug, agent.slug)


def progress_values(request: HttpRequest, agent: Agent) -> dict[str, Any]:
    """What the state of the last search shows."""
    return {
        "agent": agent,
        "discovery": agent.discoveries.select_related("created_by", "repeats").first(),
        "may_manage": may_manage(request),
    }


@agent_page(Role.VIEWER)
@require_safe
def questions(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The clusters of one status, costliest first, with their examples and weeks."""
    status = request.GET.get("status", Status.OPEN.value)
    status = status if status in Status.values else Status.OPEN.value
    rows = agent.question_clusters.filter(volume__gt=0)
    shown = page(request, rows.filter(status=status).with_examples(), ORDER)
    weeks = trends(agent, shown.rows)
    monday = last_whole_week(agent, timezone.now())
    values = progress_values(request, agent) | {
        "status": status,
        "tabs": [(name, label, rows.filter(status=name).count()) for name, label in Status.choices],
        "clusters": [
            (cluster, weeks[cluster.pk], week_before(cluster, weeks[cluster.pk]))
            for cluster in shown.rows
        ],
        **neighbours(request, shown),
        "last": agent.question_clusters.last_decided(person(request)),
        "weeks": last_weeks(monday),
        "price": price_of(agent, monday),
    }
    return render(request, "testing/questions.html", values)


def price_of(agent: Agent, monday: date) -> dict[str, Any]:
    """What a search of a week may cost, or why there is no price."""
    try:
        return {"usd": estimate_discovery(agent, monday)}
    except ModelError as unknown:
        return {"refusal": str(unknown)}


@agent_page(Role.MANAGER)
@require_POST
def find_questions(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Look for the new questions of a week; the page shows how far it is."""
    now = timezone.now()
    try:
        asked = request.POST.get("week")
        monday = date.fromisoformat(asked) if asked else last_whole_week(agent, now)
    except ValueError:
        messages.error(request, "Choose a week.")
        return to_questions(agent)
    try:
        start_discovery(agent, monday, now, person(request))
    except (Refused, ModelError) as refused:
        messages.error(request, str(refused))
    else:
        wake_discoverers()
    return to_questions(agent)


@agent_page(Role.VIEWER)
@require_safe
def progress(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The progress alone, asked for every other second; the page is loaded anew at the end."""
    values = progress_values(request, agent)
    if values["discovery"] is None or not values["discovery"].is_open:
        return HttpResponseClientRefresh()
    return render(request, "testing/_discovery.html", values)


@agent_page(Role.MANAGER)
@require_POST
def cancel(request: HttpRequest, agent: Agent, discovery_id: int) -> HttpResponse:
    """Stop a search that is under way."""
    found = get_object_or_404(Discovery, pk=discovery_id, agent=agent)
    try:
        found.cancel(timezone.now(), person(request))
    except Refused as refused:
        messages.error(request, str(refused))
    return to_questions(agent)


@agent_page(Role.MANAGER)
@require_POST
def decide(request: HttpRequest, agent: Agent, cluster_id: int, decision: str) -> HttpResponse:
    """Make draft cases of a cluster, put it aside, rename it, or take a decision back."""
    cluster = get_object_or_404(agent.question_clusters, pk=cluster_id)
    cluster.agent = agent
    try:
        messages.success(request, decided(cluster, decision, request))
    except Refused as refused:
        messages.error(request, str(refused))
    return to_questions(agent)


def decided(cluster: QuestionCluster, decision: str, request: HttpRequest) -> str:
    """Carry out a decision; what to tell the person."""
    now, by = timezone.now(), person(request)
    match decision:
        case "add":
            cases = cluster.add_cases(now, by)
            return f"{counted(len(cases), 'draft case')}: complete and approve in the suite."
        case "dismiss":
            cluster.dismiss(now, by)
            return "Dismissed; it comes back if it is asked twice as often."
        case "rename":
            cluster.rename(request.POST.get("name", ""))
            return f"It is called “{cluster.name}” from now on."
    cluster.undo(now)
    return f"“{cluster.name}” waits for a decision again."


@agent_page(Role.MANAGER)
@require_POST
def merge(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Merge the chosen clusters into the one of them that ranks highest."""
    keys = [key for key in request.POST.getlist("cluster") if key.isdecimal()]
    keys = [key for key in keys if len(key) <= LONGEST_KEY][:MOST_MERGED]
    chosen = list(agent.question_clusters.open().filter(pk__in=keys).order_by(*ORDER))
    if len(chosen) < 2:
        messages.error(request, "Choose two clusters or more to merge.")
        return to_questions(agent)
    first, *rest = chosen
    try:
        for cluster in rest:
            cluster.merge(first, timezone.now(), person(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Merged {len(rest) + 1} into “{first.name}”.")
    return to_questions(agent)
