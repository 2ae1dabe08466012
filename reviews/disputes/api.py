"""The REST calls of disputes: read them, and open one."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.acting import acting_user
from accounts.bodies import parse_body
from accounts.idempotency import idempotent
from accounts.pagination import listing
from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent
from reviews.desk.api_reviews import choice
from reviews.disputes.opening import DisputeRefused, disputes_of, open_dispute
from reviews.models import Dispute, Opinion, Verdict
from reviews.team.schema import DisputeIn, DisputeList, DisputeOut


def dispute_json(dispute: Dispute) -> dict[str, Any]:
    """A dispute with its people and its second opinion loaded."""
    verdict, opinion = dispute.verdict, getattr(dispute, "opinion", None)
    plain = ("status", "reason", "opened_at", "outcome", "decision_reason", "decided_at")
    return {name: getattr(dispute, name) for name in (*plain, "decider_was_involved")} | {
        "id": dispute.pk,
        "verdict": verdict.pk,
        "conversation": verdict.conversation_id,
        "external_id": verdict.conversation.external_id,
        "opened_by": dispute.opened_by.username,
        "second_reader": dispute.second_reader.username if dispute.second_reader else None,
        "second_opinion": opinion_json(opinion) if opinion and opinion.submitted_at else None,
        "decided_by": dispute.decided_by.username if dispute.decided_by else None,
        "final": dispute.final_id,
    }


def opinion_json(opinion: Opinion) -> dict[str, Any]:
    """A second opinion with its answers."""
    plain = ("passed", "root_cause", "note", "submitted_at")
    return {name: getattr(opinion, name) for name in plain} | {
        "reviewer": opinion.reviewer.username,
        "answers": {one.criterion.key: one.verdict for one in opinion.results.all()},
    }


@extend_schema(
    operation_id="disputes",
    parameters=[OpenApiParameter("status", enum=Dispute.Status.values)],
    responses=DisputeList,
)
@agent_api("read")
def disputes(request: Request, agent: Agent) -> Response:
    """Disputed verdicts, newest first."""
    rows = disputes_of(agent).prefetch_related("opinion__results__criterion")
    if status := choice(request, "status", Dispute.Status.values):
        rows = rows.filter(status=status)
    return listing(request, rows, ("-opened_at", "-id"), dispute_json)


@extend_schema(operation_id="dispute", responses=DisputeOut)
@agent_api("read")
def dispute(request: Request, agent: Agent, key: int) -> Response:
    """One dispute."""
    return Response(dispute_json(get_object_or_404(disputes_of(agent), pk=key)))


@extend_schema(operation_id="open_dispute", request=DisputeIn, responses={201: DisputeOut})
@agent_api("review", methods=["POST"])
@idempotent
def doubt(request: Request, agent: Agent, key: int) -> Response:
    """Doubt a standing verdict; 409 when it does not stand or is disputed already."""
    body = parse_body(DisputeIn, request.data or {})
    rows = Verdict.objects.select_related("conversation", "scorecard__agent__workspace")
    verdict = get_object_or_404(rows, pk=key, scorecard__agent=agent)
    user = acting_user(request, body.reviewer)
    reader = acting_user(request, body.second_reader) if body.second_reader else None
    try:
        opened = open_dispute(verdict, user, body.reason, timezone.now(), reader)
    except DisputeRefused as refusal:
        raise Problem(409, "dispute_refused", str(refusal)) from None
    return Response(dispute_json(disputes_of(agent).get(pk=opened.pk)), status=201)
