"""The REST calls about new questions: the clusters, what is decided about them, and the search."""

from datetime import date

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.bodies import parse_body
from accounts.idempotency import idempotent
from accounts.pagination import listing
from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent
from testing.cases.api import refusals
from testing.models import Case, QuestionCluster
from testing.questions.discovery import last_whole_week, start_discovery
from testing.questions.rendering import cluster_json, discovery_json
from testing.questions.shapes import (
    ClusterChange,
    ClusterDecided,
    ClusterList,
    ClusterMerge,
    ClusterOut,
    DiscoveryIn,
    DiscoveryOut,
)
from testing.rendering import case_json
from testing.tasks import wake_discoverers

ORDER = ("-week", "-rank", "-id")


@extend_schema(
    operation_id="questions",
    parameters=[OpenApiParameter("status", str, enum=QuestionCluster.Status.values)],
    responses=ClusterList,
)
@agent_api("read")
def questions(request: Request, agent: Agent) -> Response:
    """The clusters of new questions, newest week and highest rank first (`?status=`)."""
    rows = agent.question_clusters.filter(volume__gt=0).with_examples()
    status = request.GET.get("status", "")
    if status and status not in QuestionCluster.Status.values:
        known = ", ".join(QuestionCluster.Status.values)
        fault = {"field": "status", "message": f"one of {known}"}
        raise Problem(422, "invalid", "There is no such status.", [fault])
    return listing(request, rows.filter(status=status) if status else rows, ORDER, cluster_json)


@extend_schema(methods=["GET"], operation_id="question", responses=ClusterOut)
@extend_schema(
    methods=["PATCH"], operation_id="rename_question", request=ClusterChange, responses=ClusterOut
)
@agent_api("GET:read PATCH:releases", methods=["GET", "PATCH"])
def question(request: Request, agent: Agent, cluster_id: int) -> Response:
    """One cluster, or its new name."""
    cluster = cluster_of(agent, cluster_id)
    if request.method == "PATCH":
        with refusals():
            cluster.rename(parse_body(ClusterChange, request.data).name)
    return Response(cluster_json(cluster))


@extend_schema(operation_id="add_question", request=None, responses=ClusterDecided)
@agent_api("releases", methods=["POST"])
def add(request: Request, agent: Agent, cluster_id: int) -> Response:
    """Make draft cases of a cluster; a person approves them."""
    cluster = cluster_of(agent, cluster_id)
    with refusals():
        cases = cluster.add_cases(timezone.now())
    return decided(cluster, cases)


@extend_schema(operation_id="dismiss_question", request=None, responses=ClusterDecided)
@agent_api("releases", methods=["POST"])
def dismiss(request: Request, agent: Agent, cluster_id: int) -> Response:
    """Put a cluster aside until it is asked twice as often."""
    cluster = cluster_of(agent, cluster_id)
    with refusals():
        cluster.dismiss(timezone.now())
    return decided(cluster)


@extend_schema(operation_id="merge_question", request=ClusterMerge, responses=ClusterDecided)
@agent_api("releases", methods=["POST"])
def merge(request: Request, agent: Agent, cluster_id: int) -> Response:
    """Make a cluster part of another one."""
    cluster = cluster_of(agent, cluster_id)
    into = cluster_of(agent, parse_body(ClusterMerge, request.data).into)
    with refusals():
        cluster.merge(into, timezone.now())
    return decided(cluster)


@extend_schema(operation_id="undo_question", request=None, responses=ClusterDecided)
@agent_api("releases", methods=["POST"])
def undo(request: Request, agent: Agent, cluster_id: int) -> Response:
    """Take a decision about a cluster back; drafts that were made of it are retired."""
    cluster = cluster_of(agent, cluster_id)
    with refusals():
        cluster.undo(timezone.now())
    return decided(cluster)


@extend_schema(methods=["GET"], operation_id="discovery", responses=DiscoveryOut)
@extend_schema(
    methods=["POST"],
    operation_id="discover_questions",
    request=DiscoveryIn,
    responses={202: DiscoveryOut},
)
@agent_api("GET:read POST:releases", methods=["GET", "POST"])
@idempotent
def discovery(request: Request, agent: Agent) -> Response:
    """The last search for new questions, or a new one: 202 while it goes on."""
    if request.method == "GET":
        row = agent.discoveries.first()
        if row is None:
            raise Problem(404, "not_found", "New questions have not been looked for yet.")
        return Response(discovery_json(row))
    now = timezone.now()
    week = parse_body(DiscoveryIn, request.data).week
    monday = monday_of(week) if week else last_whole_week(agent, now)
    with refusals():
        row = start_discovery(agent, monday, now)
    wake_discoverers()
    return Response(discovery_json(row), status=202)


def monday_of(week: str) -> date:
    """The Monday of an ISO week such as 2026-W47, or a 422 problem."""
    try:
        return date.fromisocalendar(int(week[:4]), int(week[-2:]), 1)
    except ValueError:
        fault = {"field": "week", "message": "no such week"}
        raise Problem(422, "invalid", "There is no such week.", [fault]) from None


def cluster_of(agent: Agent, cluster_id: int) -> QuestionCluster:
    """A cluster of this agent, or 404."""
    cluster = get_object_or_404(agent.question_clusters, pk=cluster_id)
    cluster.agent = agent
    return cluster


def decided(cluster: QuestionCluster, cases: list[Case] | None = None) -> Response:
    """The cluster after a decision."""
    made = [case_json(case) for case in cases or []]
    return Response({"cluster": cluster_json(cluster), "cases": made})
