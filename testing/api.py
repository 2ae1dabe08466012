"""The REST calls about suites and their cases."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import slugify
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.bodies import parse_body
from accounts.idempotency import idempotent
from accounts.pagination import listing
from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent
from llm.calls import BudgetExhausted, UnknownPrice
from testing.exchange import put_case, put_cases
from testing.models import Case, Suite
from testing.refusals import Refused
from testing.rendering import brought_json, case_json, suite_json
from testing.schema import CaseChange, CaseIn, CasesIn, SuiteIn
from testing.shapes import CaseList, CaseOut, CaseResults, SuiteList, SuiteOut

MOST_CASES = 1000
ORDER = ("id",)


@extend_schema(methods=["GET"], operation_id="suites", responses=SuiteList)
@extend_schema(
    methods=["POST"], operation_id="add_suite", request=SuiteIn, responses={201: SuiteOut}
)
@agent_api("GET:read POST:releases", methods=["GET", "POST"])
@idempotent
def suites(request: Request, agent: Agent) -> Response:
    """The suites of an agent, or a new one."""
    if request.method == "GET":
        return listing(request, agent.suites.with_counts(), ORDER, suite_json)
    body = parse_body(SuiteIn, request.data)
    slug = body.slug or slugify(body.name)[:50] or body.kind
    try:
        with transaction.atomic():
            values = {"kind": body.kind, "name": body.name, "created_at": timezone.now()}
            suite = agent.suites.create(slug=slug, **values)
    except IntegrityError:
        raise Problem(409, "suite_exists", f"There is a suite {slug!r} already.") from None
    return Response(suite_json(agent.suites.with_counts().get(pk=suite.pk)), status=201)


@extend_schema(
    methods=["GET"],
    operation_id="cases",
    parameters=[OpenApiParameter("status", str, enum=Case.Status.values)],
    responses=CaseList,
)
@extend_schema(
    methods=["POST"],
    operation_id="add_cases",
    request=CasesIn,
    responses={201: CaseOut, 200: CaseOut, 207: CaseResults},
)
@agent_api("GET:read POST:releases", methods=["GET", "POST"])
@idempotent
def cases(request: Request, agent: Agent, suite_id: int) -> Response:
    """The cases of a suite (`?status=`), or new ones: one object, or a list of at most 1,000.

    A case whose key stands in the suite already is changed.
    """
    suite = get_object_or_404(agent.suites, pk=suite_id)
    suite.agent = agent
    if request.method == "GET":
        return listing(request, _of_status(request, suite.cases.all()), ORDER, case_json)
    if isinstance(request.data, list):
        return _put_list(suite, request.data)
    with refusals():
        case, status = put_case(suite, parse_body(CaseIn, request.data), timezone.now())
    return Response(case_json(case), status=201 if status == "created" else 200)


@extend_schema(methods=["GET"], operation_id="case", responses=CaseOut)
@extend_schema(methods=["PATCH"], operation_id="change_case", request=CaseChange, responses=CaseOut)
@agent_api("GET:read PATCH:releases", methods=["GET", "PATCH"])
def case(request: Request, agent: Agent, case_id: int) -> Response:
    """One case, or its change; a case with results is replaced by a new one with its key."""
    found = case_of(agent, case_id)
    if request.method == "PATCH":
        body = parse_body(CaseChange, request.data)
        changes = body.model_dump(exclude_unset=True, exclude={"key"})
        with refusals():
            found = found.change(timezone.now(), **changes)
    return Response(case_json(found))


@extend_schema(operation_id="approve_case", request=None, responses=CaseOut)
@agent_api("releases", methods=["POST"])
def approve(request: Request, agent: Agent, case_id: int) -> Response:
    """Let runs ask a case."""
    found = case_of(agent, case_id)
    with refusals():
        found.approve(timezone.now())
    return Response(case_json(found))


@extend_schema(operation_id="retire_case", request=None, responses=CaseOut)
@agent_api("releases", methods=["POST"])
def retire(request: Request, agent: Agent, case_id: int) -> Response:
    """Take a case out of coming runs."""
    found = case_of(agent, case_id)
    found.retire(timezone.now())
    return Response(case_json(found))


@contextmanager
def refusals() -> Iterator[None]:
    """Make a refusal of the domain a 409 with a code of its own."""
    try:
        yield
    except Refused as refused:
        raise Problem(409, "refused", str(refused)) from None
    except BudgetExhausted as over:
        raise Problem(409, "over_budget", str(over)) from None
    except UnknownPrice as unknown:
        raise Problem(409, "unknown_price", str(unknown)) from None


def case_of(agent: Agent, case_id: int) -> Case:
    """A case of this agent, or 404."""
    cases = Case.objects.select_related("suite__agent__workspace")
    return get_object_or_404(cases, pk=case_id, suite__agent=agent)


def _of_status(request: Request, cases: QuerySet[Case]) -> QuerySet[Case]:
    status = request.GET.get("status", "")
    if status and status not in Case.Status.values:
        fault = {"field": "status", "message": f"one of {', '.join(Case.Status.values)}"}
        raise Problem(422, "invalid", "There is no such status.", [fault])
    return cases.filter(status=status) if status else cases


def _put_list(suite: Suite, bodies: list[Any]) -> Response:
    """Each case of a list gets its own answer."""
    if len(bodies) > MOST_CASES:
        raise Problem(413, "too_many", f"At most {MOST_CASES} cases at once.")
    brought = put_cases(suite, bodies, timezone.now())
    return Response({"data": [brought_json(n, one) for n, one in enumerate(brought)]}, status=207)
