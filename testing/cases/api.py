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
from accounts.members import active_members
from accounts.models import Role
from accounts.pagination import listing
from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent
from llm.calls import BudgetExhausted, UnknownPrice
from testing.cases.changing import annotate_case, change_case
from testing.cases.listing import MARKS, asked_of, filtered, recent_runs, tags_of
from testing.exchange.bringing import put_case, put_cases
from testing.models import Case, Suite
from testing.refusals import Refused
from testing.rendering import brought_json, case_json, suite_json
from testing.schema import CaseChange, CaseIn, CasesIn, SuiteChange, SuiteIn
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
            values = body.model_dump(exclude={"slug"}) | {"created_at": timezone.now()}
            suite = agent.suites.create(slug=slug, **values)
    except IntegrityError:
        raise Problem(409, "suite_exists", f"There is a suite {slug!r} already.") from None
    return Response(suite_json(agent.suites.with_counts().get(pk=suite.pk)), status=201)


@extend_schema(methods=["GET"], operation_id="suite", responses=SuiteOut)
@extend_schema(
    methods=["PATCH"], operation_id="change_suite", request=SuiteChange, responses=SuiteOut
)
@agent_api("GET:read PATCH:releases", methods=["GET", "PATCH"])
def suite(request: Request, agent: Agent, suite_id: int) -> Response:
    """One suite, or its change: another name or description, archived or taken into use again."""
    found = get_object_or_404(agent.suites.with_counts(), pk=suite_id)
    if request.method == "PATCH":
        body = parse_body(SuiteChange, request.data)
        with refusals(), transaction.atomic():
            if body.archived is not None and body.archived != bool(found.archived_at):
                found.archive(timezone.now()) if body.archived else found.restore()
            changes = body.model_dump(exclude_none=True, exclude={"archived"})
            for name, value in changes.items():
                setattr(found, name, value)
            found.save(update_fields=list(changes))
    return Response(suite_json(found))


@extend_schema(
    methods=["GET"],
    operation_id="cases",
    parameters=[
        OpenApiParameter("status", str, enum=Case.Status.values),
        OpenApiParameter("q", str, description="Part of the question or key."),
        OpenApiParameter("kind", str, enum=Case.Kind.values),
        OpenApiParameter("tag", str),
        OpenApiParameter("topic", str),
        OpenApiParameter("owner", str, description="A username; - for nobody's."),
        OpenApiParameter("mark", str, enum=list(MARKS), description="What holds for the case."),
    ],
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
        return listing(request, _asked(request, suite), ORDER, case_json)
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
        notes = _notes(found, body)
        changes = body.model_dump(exclude_unset=True, exclude={"key", "owner", "flaky_reason"})
        now = timezone.now()
        with refusals(), transaction.atomic():
            found = change_case(found, now, **changes)
            annotate_case(found, now, **notes)
    return Response(case_json(found))


def _notes(case: Case, body: CaseChange) -> dict[str, Any]:
    """The owner and flaky mark that a change sets; a 422 problem for a stranger."""
    notes = body.model_dump(exclude_unset=True, include={"owner", "flaky_reason"})
    if notes.get("owner"):
        members = active_members(case.suite.agent.workspace, Role.VIEWER).select_related("user")
        member = members.filter(user__username=notes["owner"]).first()
        if member is None:
            fault = {"field": "owner", "message": "not a member of this workspace"}
            raise Problem(422, "invalid", f"{notes['owner']} is not a member here.", [fault])
        notes["owner"] = member.user
    elif "owner" in notes:
        notes["owner"] = None
    return notes


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
    cases = Case.objects.select_related("suite__agent__workspace", "owner")
    return get_object_or_404(cases, pk=case_id, suite__agent=agent)


def _asked(request: Request, suite: Suite) -> QuerySet[Case]:
    """The cases that the query asks for; a 422 problem for a value there is not."""
    known = {"status": Case.Status.values, "kind": Case.Kind.values, "mark": list(MARKS)}
    for name, values in known.items():
        given = request.GET.get(name, "")
        if given and given not in values:
            fault = {"field": name, "message": f"one of {', '.join(values)}"}
            raise Problem(422, "invalid", f"There is no such {name}.", [fault])
    asked, cases = asked_of(request.GET), suite.cases.select_related("owner")
    if asked["status"]:
        cases = cases.filter(status=asked["status"])
    tagged = tags_of(suite.cases.all()).get(asked["tag"], []) if asked["tag"] else []
    return filtered(cases, asked, None, tagged, recent_runs(suite))


def _put_list(suite: Suite, bodies: list[Any]) -> Response:
    """Each case of a list gets its own answer."""
    if len(bodies) > MOST_CASES:
        raise Problem(413, "too_many", f"At most {MOST_CASES} cases at once.")
    brought = put_cases(suite, bodies, timezone.now())
    return Response({"data": [brought_json(n, one) for n, one in enumerate(brought)]}, status=207)
