"""The REST calls about conversations, weekly figures and handover briefs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.db.models import QuerySet
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
from conversations.figures import weekly_figures
from conversations.filters import FILTERS, InvalidFilter, chosen
from conversations.ingest import ingest
from conversations.models import Conversation, HandoverBrief
from conversations.rendering import (
    BriefOut,
    ConversationDetail,
    ConversationList,
    ConversationsIn,
    IngestList,
    IngestOut,
    brief_json,
    conversation_json,
    detail_json,
    ingest_json,
    ingest_list_json,
)
from conversations.rendering_weeks import WeekList, weeks_json
from conversations.schema import RatingIn
from conversations.weeks import MOST_WEEKS, last_weeks, parse_week

MOST_CONVERSATIONS = 1000
ORDER = ("-opened_at", "-id")
DEFAULT_WEEKS = 12
T = TypeVar("T")
WEEK = "A week such as 2026-W47, or a day in it."


def of_agent(agent: Agent) -> QuerySet[Conversation]:
    """The agent's conversations, with their releases."""
    return Conversation.objects.filter(agent=agent).select_related("release")


@extend_schema(
    methods=["GET"],
    operation_id="conversations",
    parameters=[OpenApiParameter(name, str, description=text) for name, text in FILTERS.items()],
    responses=ConversationList,
)
@extend_schema(
    methods=["POST"],
    operation_id="ingest_conversations",
    request=ConversationsIn,
    responses={201: IngestOut, 200: IngestOut, 207: IngestList},
)
@agent_api("GET:read POST:ingest", methods=["GET", "POST"])
@idempotent
def conversations(request: Request, agent: Agent) -> Response:
    """The conversations of an agent, newest first; or new ones: one object, or a list of at most
    1,000, answered item by item.
    """
    if request.method == "GET":
        try:
            rows = chosen(of_agent(agent), request.GET, agent)
        except InvalidFilter as error:
            fault = {"field": error.name, "message": str(error)}
            raise Problem(422, "invalid", f"{error.name}: {error}", [fault]) from None
        return listing(request, rows, ORDER, conversation_json)
    if isinstance(request.data, list):
        return ingest_many(agent, request.data)
    [result] = ingest(agent, [request.data], now=timezone.now())
    if result.status == "error":
        raise Problem(422, "invalid", "The conversation does not fit the schema.", result.errors)
    return Response(ingest_json(result), status=201 if result.status == "created" else 200)


def ingest_many(agent: Agent, payloads: list[Any]) -> Response:
    """Answer a list item by item."""
    if not 1 <= len(payloads) <= MOST_CONVERSATIONS:
        fault = {"field": "body", "message": f"a list of 1 to {MOST_CONVERSATIONS} conversations"}
        raise Problem(422, "invalid", f"{len(payloads)} conversations in one list.", [fault])
    return Response(ingest_list_json(ingest(agent, payloads, now=timezone.now())), status=207)


@extend_schema(operation_id="conversation", responses=ConversationDetail)
@agent_api("read")
def conversation(request: Request, agent: Agent, key: int) -> Response:
    """One conversation with its messages."""
    rows = of_agent(agent).prefetch_related("messages")
    return Response(detail_json(get_object_or_404(rows, pk=key)))


@extend_schema(
    operation_id="weekly_metrics",
    parameters=[
        OpenApiParameter("from", str, description=f"The first week. {WEEK}"),
        OpenApiParameter("to", str, description=f"The last week. {WEEK}"),
        OpenApiParameter("topic", str),
        OpenApiParameter("channel", str),
        OpenApiParameter("language", str),
        OpenApiParameter("release", int, description="Number of the release that answered."),
    ],
    responses=WeekList,
)
@agent_api("read")
def weekly_metrics(request: Request, agent: Agent) -> Response:
    """Every figure by week, with n and interval; without dates the last twelve weeks."""
    now = timezone.now()
    default_first, default_last = last_weeks(agent.local_date(now), DEFAULT_WEEKS)
    last = query_value(request, "to", parse_week, default_last)
    first = query_value(request, "from", parse_week, min(default_first, last))
    if not timedelta(0) <= last - first < timedelta(weeks=MOST_WEEKS):
        fault = {"field": "from", "message": f"not after `to`, and at most {MOST_WEEKS} weeks"}
        raise Problem(422, "invalid", "from and to do not fit together.", [fault])
    release = query_value(request, "release", int, None)
    named = {name: request.GET.get(name) for name in ("topic", "channel", "language")}
    weeks = weekly_figures(agent, first, last, now, **named, release=release)
    return Response(weeks_json(agent, weeks, agent.local_date(now)))


def query_value(request: Request, name: str, read: Callable[[str], T], default: T) -> T:
    """A value of the query; raises a 422 problem when it cannot be read."""
    given = request.GET.get(name)
    if not given:
        return default
    try:
        return read(given)
    except (ValueError, OverflowError) as error:
        fault = {"field": name, "message": str(error)}
        raise Problem(422, "invalid", f"{name} cannot be read.", [fault]) from None


def brief_of(agent: Agent, key: int) -> HandoverBrief:
    """The brief of a conversation of this agent, or 404."""
    rows = HandoverBrief.objects.select_related("release", "rated_by")
    return get_object_or_404(rows, conversation=get_object_or_404(of_agent(agent), pk=key))


@extend_schema(operation_id="brief", responses=BriefOut)
@agent_api("read")
def brief(request: Request, agent: Agent, key: int) -> Response:
    """The handover brief of a conversation; `state` says whether it is written yet."""
    return Response(brief_json(brief_of(agent, key)))


@extend_schema(operation_id="rate_brief", request=RatingIn, responses=BriefOut)
@agent_api("review", methods=["POST"])
@idempotent
def rate_brief(request: Request, agent: Agent, key: int) -> Response:
    """What the person who took over thinks of the brief; a later rating replaces it."""
    body = parse_body(RatingIn, request.data)
    row = brief_of(agent, key)
    if row.state != "done":
        raise Problem(409, "brief_not_written", "The brief is not written yet.")
    row.rate(body.rating, body.note, by=acting_user(request, body.reviewer), at=timezone.now())
    return Response(brief_json(row))
