"""The REST calls of the review queue: claim the next item, decide it, skip it, put it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.acting import acting_user
from accounts.bodies import parse_body
from accounts.idempotency import idempotent
from accounts.pagination import page
from accounts.prepared import Given, Prepared
from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent
from conversations.weeks import parse_day
from reviews.desk.verdicts import InvalidVerdict, checked, record_decided
from reviews.models import QueueItem
from reviews.queue.claimed import claimed_json
from reviews.queue.claims import LeaseLost, claim_next_key, queue_for, release_item, skip_item
from reviews.rendering import item_json, queue_json, verdict_json
from reviews.schema import (
    ClaimedOut,
    NextIn,
    PutBackIn,
    QueueOut,
    SkipIn,
    SkippedOut,
    VerdictIn,
    VerdictOut,
)

LOADED = (
    "queue__agent__workspace",
    "stratum",
    "conversation",
    "review__scorecard",
    "claimed_by",
    "assigned_to",
)
# What a decision needs of an item; a case or a proposal reads more of it when it is made.
DECIDED = (
    "claimed_at",
    "claimed_by",
    "assigned_to",
    "is_blind",
    "slot",
    "position",
    "state",
    "stratum",
    "queue__date",
    "conversation__external_id",
    "conversation__ai_handed_over_at",
    "review__scorecard__version",
)
ITEM = Prepared(
    lambda: (
        QueueItem.objects.filter(queue__agent=Given("agent"), pk=Given("key"))
        .select_related("queue", "conversation", "review__scorecard")
        .only(*DECIDED)
    )
)
DATE = OpenApiParameter("date", OpenApiTypes.DATE, description="Of the queue; today's if empty.")


def day_param(request: Request, name: str) -> date | None:
    """A date of the query, or None; raises a 422 problem for what is no date."""
    given = request.GET.get(name)
    if not given:
        return None
    try:
        return parse_day(given)
    except ValueError:
        fault = {"field": name, "message": "a date such as 2026-11-23"}
        raise Problem(422, "invalid", f"{name} must be a date.", [fault]) from None


@contextmanager
def refusals() -> Iterator[None]:
    """What the queue refuses, as problems: 409 for a lost lease, 422 for a verdict that does not
    fit.
    """
    try:
        yield
    except LeaseLost as error:
        raise Problem(409, "lease_lost", str(error)) from None
    except InvalidVerdict as error:
        faults = [{"field": field, "message": fault} for field, fault in error.faults.items()]
        raise Problem(422, "invalid", "The verdict does not fit the scorecard.", faults) from None


def item_of(agent: Agent, key: int) -> QueueItem:
    """An item of this agent, or 404."""
    items = QueueItem.objects.filter(queue__agent=agent).select_related(*LOADED)
    return get_object_or_404(items, pk=key)


def item_to_decide(agent: Agent, key: int) -> QueueItem:
    """An item of this agent as far as a decision needs it, or 404."""
    found = ITEM.first(agent=agent.pk, key=key)
    if found is None:
        raise Http404
    found.queue.agent = agent
    return found


@extend_schema(operation_id="queue", parameters=[DATE], responses=QueueOut)
@agent_api("read")
def queue(request: Request, agent: Agent) -> Response:
    """Today's queue, or a date's: its strata, its progress and its items in order."""
    found = queue_for(agent, timezone.now(), day_param(request, "date"))
    items = QueueItem.objects.filter(queue=found).select_related(*LOADED)
    rows = page(request, items, ("position", "id"))
    data = {"data": [item_json(row) for row in rows.rows], "next_cursor": rows.next_cursor}
    return Response(queue_json(found) | data)


@extend_schema(operation_id="claim_next", request=NextIn, responses={200: ClaimedOut, 204: None})
@agent_api("review", methods=["POST"])
@idempotent
def claim(request: Request, agent: Agent) -> Response:
    """Claim the next item for 15 minutes; 204 when nothing is left for this reviewer."""
    body = parse_body(NextIn, request.data or {})
    user = acting_user(request, body.reviewer)
    key = claim_next_key(agent, user, timezone.now(), queue_date=body.date)
    if key is None:
        return Response(status=204)
    return Response(claimed_json(key, agent, user))


@extend_schema(operation_id="record_verdict", request=VerdictIn, responses={201: VerdictOut})
@agent_api("review", methods=["POST"])
@idempotent
def verdict(request: Request, agent: Agent, key: int) -> Response:
    """Record the verdict on a claimed item, with the case and the proposal it makes."""
    body = parse_body(VerdictIn, request.data)
    item, user = item_to_decide(agent, key), acting_user(request, body.reviewer)
    answers: dict[str, Any] = {name: one.model_dump() for name, one in body.answers.items()}
    with refusals():
        decided = checked(item, answers, body.root_cause)
        found = record_decided(
            item,
            user,
            decided,
            at=timezone.now(),
            root_cause=body.root_cause,
            note=body.note,
            make_case=body.make_case,
            make_proposal=body.make_proposal,
        )
    given = {criterion.key: answer for criterion, answer in decided.answers.items()}
    return Response(verdict_json(found, given), status=201)


@extend_schema(operation_id="skip_item", request=SkipIn, responses=SkippedOut)
@agent_api("review", methods=["POST"])
@idempotent
def skip(request: Request, agent: Agent, key: int) -> Response:
    """Skip a claimed item for a reason; another of its stratum takes its place."""
    body = parse_body(SkipIn, request.data)
    item, user = item_to_decide(agent, key), acting_user(request, body.reviewer)
    if not body.reason.strip():
        fault = {"field": "reason", "message": "a skip needs a reason"}
        raise Problem(422, "invalid", "A skip needs a reason.", [fault])
    with refusals():
        replacement = skip_item(item, user, body.reason, timezone.now())
    if replacement is None:
        return Response({"replacement": None})
    return Response({"replacement": item_json(item_of(agent, replacement.pk))})


@extend_schema(operation_id="release_item", request=PutBackIn, responses={204: None})
@agent_api("review", methods=["POST"])
@idempotent
def release(request: Request, agent: Agent, key: int) -> Response:
    """Put a claimed item back into the queue."""
    body = parse_body(PutBackIn, request.data or {})
    item, user = item_to_decide(agent, key), acting_user(request, body.reviewer)
    with refusals():
        release_item(item, user)
    return Response(status=204)
