"""Pages: all tests at a glance, a suite with its cases, and the new questions of the week."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Member, Role
from context.access import agent_page
from context.models import Agent
from context.models.release_status import UNFROZEN
from testing.cases.suites import standard_suites
from testing.gate.weekly import schedule_of
from testing.models import Run, Suite

CLUSTERS_SHOWN = 5
CANDIDATES_SHOWN = 3


def may_manage(request: HttpRequest) -> bool:
    """Whether the person may change cases and start runs."""
    member: Member = request.member  # type: ignore[attr-defined]
    return member.may(Role.MANAGER)


def suite_of_page(agent: Agent, suite_id: int) -> Suite:
    """A suite of this agent, or 404."""
    suite = get_object_or_404(agent.suites, pk=suite_id)
    suite.agent = agent
    return suite


def to_suite(suite: Suite) -> HttpResponse:
    """To the suite's page, where the message is shown."""
    agent = suite.agent
    return redirect("testing:suite", agent.workspace.slug, agent.slug, suite.pk)


@agent_page(Role.VIEWER)
@require_safe
def index(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The suites with their last runs, and the new questions that wait for a decision."""
    standard_suites(agent, timezone.now())
    every = list(agent.suites.with_counts())
    suites = [suite for suite in every if not suite.archived_at]
    runs = Run.objects.select_related("release", "baseline").in_bulk(
        [vars(suite)["last_run_id"] for suite in suites if vars(suite)["last_run_id"]]
    )
    clusters = agent.question_clusters.open().filter(volume__gt=0)
    values = {
        "agent": agent,
        "suites": [(suite, runs.get(vars(suite)["last_run_id"])) for suite in suites],
        "archived": [suite for suite in every if suite.archived_at],
        "clusters": clusters[:CLUSTERS_SHOWN],
        "cluster_count": clusters.count(),
        "schedule": schedule_of(agent, timezone.now()),
        "candidates": agent.releases.exclude(status__in=UNFROZEN).order_by("-number")[
            :CANDIDATES_SHOWN
        ],
        "may_manage": may_manage(request),
    }
    return render(request, "testing/index.html", values)
