"""The REST calls that read reviews and verdicts."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import key_of
from accounts.pagination import listing
from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent
from llm.states import WorkState
from reviews.desk.blind import held_blind, reviews_but, verdicts_but
from reviews.judging.planning import reviews_of
from reviews.models import Verdict
from reviews.queue.api import day_param
from reviews.rendering import review_json, verdict_json
from reviews.schema import ReviewList, VerdictList

PASSED = {"true": True, "false": False}


def day_parameter(name: str, text: str) -> OpenApiParameter:
    """A date in the query."""
    return OpenApiParameter(name, OpenApiTypes.DATE, description=text)


def choice(request: Request, name: str, choices: list[str]) -> str:
    """One of the values a parameter may have, or empty; raises a 422 problem for another."""
    given = request.GET.get(name, "")
    if given and given not in choices:
        fault = {"field": name, "message": f"one of {', '.join(choices)}"}
        raise Problem(422, "invalid", f"{name} must be one of {', '.join(choices)}.", [fault])
    return given


@extend_schema(
    operation_id="reviews",
    parameters=[
        day_parameter("day", "On which the conversation ended."),
        OpenApiParameter("state", enum=WorkState.values),
        OpenApiParameter("passed", enum=list(PASSED)),
    ],
    responses=ReviewList,
)
@agent_api("read")
def reviews(request: Request, agent: Agent) -> Response:
    """The judge's reviews, newest day first; without those of conversations that the maker of the
    key has claimed to decide blind.
    """
    rows = reviews_of(agent, day_param(request, "day"))
    if state := choice(request, "state", WorkState.values):
        rows = rows.filter(state=state)
    if passed := choice(request, "passed", list(PASSED)):
        rows = rows.filter(passed=PASSED[passed])
    rows = reviews_but(rows, held_blind(agent, key_of(request).created_by_id))
    rows = rows.select_related("conversation", "judge", "scorecard")
    return listing(
        request, rows.prefetch_related("results__criterion"), ("-day", "-id"), review_json
    )


@extend_schema(
    operation_id="verdicts",
    parameters=[OpenApiParameter("passed", enum=list(PASSED))],
    responses=VerdictList,
)
@agent_api("read")
def verdicts(request: Request, agent: Agent) -> Response:
    """People's verdicts, newest first; withdrawn ones have `withdrawn_at`. The other reading of a
    double is left out while the maker of the key has yet to decide theirs.
    """
    rows = Verdict.objects.filter(scorecard__agent=agent)
    rows = verdicts_but(rows, held_blind(agent, key_of(request).created_by_id))
    if passed := choice(request, "passed", list(PASSED)):
        rows = rows.filter(passed=PASSED[passed])
    rows = rows.select_related("conversation", "reviewer").prefetch_related("results__criterion")
    return listing(request, rows, ("-created_at", "-id"), verdict_json)
