"""The REST calls about a candidate's context test and about contradictions."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.bodies import parse_body
from accounts.idempotency import idempotent
from accounts.pagination import listing
from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent
from testing.cases.api import refusals
from testing.context_suite.cases import plan_context_test
from testing.context_suite.changed import baseline_of
from testing.context_suite.reading import findings_of
from testing.context_suite.rendering import context_json, contradiction_json
from testing.context_suite.shapes import (
    ContextTestOut,
    ContradictionList,
    ContradictionOut,
    DismissIn,
)
from testing.gate.checks import decide_again
from testing.models import Contradiction
from testing.tasks import wake_context_workers


@extend_schema(methods=["GET"], operation_id="context_test", responses=ContextTestOut)
@extend_schema(
    methods=["POST"],
    operation_id="prepare_context_test",
    request=None,
    responses={202: ContextTestOut},
)
@agent_api("GET:read POST:releases", methods=["GET", "POST"])
@idempotent
def context_test(request: Request, agent: Agent, number: int) -> Response:
    """What a release's context changes, whether it is used, and what else moved; or prepare the
    test (again), which answers 202 with its progress.
    """
    release = get_object_or_404(agent.releases, number=number)
    release.agent = agent
    if release.unfrozen:
        raise Problem(409, "draft", f"Release {number} {release.unfrozen}.")
    if request.method == "GET":
        return Response(context_json(release, findings_of(release)))
    with refusals():
        test = plan_context_test(release, baseline_of(release), timezone.now())
    test.retry_failed()
    wake_context_workers(test)
    return Response(context_json(release, findings_of(release)), status=202)


@extend_schema(operation_id="contradictions", responses=ContradictionList)
@agent_api("read")
def contradictions(request: Request, agent: Agent) -> Response:
    """The contradicting passages of an agent's documents; `?status=` open, dismissed, …"""
    rows, status = agent.contradictions.all(), request.GET.get("status", "")
    if status and status not in Contradiction.Status.values:
        fault = {"field": "status", "message": f"one of {', '.join(Contradiction.Status.values)}"}
        raise Problem(422, "invalid", "There is no such status.", [fault])
    rows = rows.filter(status=status) if status else rows
    return listing(request, rows, ("-id",), contradiction_json)


@extend_schema(operation_id="dismiss_contradiction", request=DismissIn, responses=ContradictionOut)
@agent_api("releases", methods=["POST"])
def dismiss(request: Request, agent: Agent, contradiction_id: int) -> Response:
    """Put a contradiction aside with a reason, for as long as both passages stay."""
    row = get_object_or_404(agent.contradictions, pk=contradiction_id)
    reason = parse_body(DismissIn, request.data).reason
    with refusals():
        row.dismiss(timezone.now(), reason)
    decide_again(agent, timezone.now(), "a contradiction was decided")
    return Response(contradiction_json(row))


@extend_schema(operation_id="reopen_contradiction", request=None, responses=ContradictionOut)
@agent_api("releases", methods=["POST"])
def reopen(request: Request, agent: Agent, contradiction_id: int) -> Response:
    """Take a dismissal back."""
    row = get_object_or_404(agent.contradictions, pk=contradiction_id)
    with refusals():
        row.reopen(timezone.now())
    decide_again(agent, timezone.now(), "a contradiction was decided")
    return Response(contradiction_json(row))
