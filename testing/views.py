"""Pages: all tests at a glance, a suite with its cases, and the new questions of the week."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Member, Role, User
from context.access import agent_page
from context.models import Agent, Release
from llm.calls import ModelError
from testing.comparison import counted
from testing.discovery import discover
from testing.models import QuestionCluster, Run, Suite
from testing.refusals import Refused
from testing.suites import standard_suites
from testing.weekly import schedule_of

RUNS_SHOWN = 20
CANDIDATES_SHOWN = 3


def may_manage(request: HttpRequest) -> bool:
    """Whether the person may change cases and start runs."""
    member: Member = request.member  # type: ignore[attr-defined]
    return member.may(Role.MANAGER)


def person(request: HttpRequest) -> User:
    """Who is logged in; pages have seen to it that somebody is."""
    assert isinstance(request.user, User)
    return request.user


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
    clusters = agent.question_clusters.filter(status=QuestionCluster.Status.OPEN)
    ranked = sorted(
        clusters.prefetch_related("examples"), key=lambda row: (row.week, row.rank), reverse=True
    )
    values = {
        "agent": agent,
        "suites": [(suite, runs.get(vars(suite)["last_run_id"])) for suite in suites],
        "archived": [suite for suite in every if suite.archived_at],
        "clusters": ranked,
        "schedule": schedule_of(agent, timezone.now()),
        "candidates": agent.releases.exclude(status=Release.Status.DRAFT).order_by("-number")[
            :CANDIDATES_SHOWN
        ],
        "may_manage": may_manage(request),
    }
    return render(request, "testing/index.html", values)


@agent_page(Role.MANAGER)
@require_POST
def find_questions(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Look for the new questions of the last whole week."""
    now = timezone.now()
    today = agent.local_date(now)
    monday = today - timedelta(days=today.weekday() + 7)
    try:
        found = discover(agent, monday, now)
    except ModelError as error:
        messages.error(request, f"The questions could not be compared: {error}")
    else:
        messages.success(
            request, f"{counted(len(found), 'group')} of new questions in week {monday:%G-W%V}."
        )
    return redirect("testing:index", agent.workspace.slug, agent.slug)


@agent_page(Role.MANAGER)
@require_POST
def decide_cluster(
    request: HttpRequest, agent: Agent, cluster_id: int, decision: str
) -> HttpResponse:
    """Make draft cases of a group of questions, or put it aside."""
    cluster = get_object_or_404(agent.question_clusters, pk=cluster_id)
    try:
        if decision == "add":
            cases = cluster.add_cases(timezone.now(), person(request))
            text = f"{counted(len(cases), 'draft case')}: complete and approve in the suite."
        else:
            cluster.dismiss(timezone.now(), person(request))
            text = "Dismissed; it comes back if it is asked twice as often."
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, text)
    return redirect("testing:index", agent.workspace.slug, agent.slug)
