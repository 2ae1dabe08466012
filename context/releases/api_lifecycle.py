"""The REST calls that move a release through its life, and let it answer."""

from decimal import Decimal

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import key_of
from accounts.bodies import parse_body
from accounts.idempotency import idempotent
from context.access import agent_api
from context.answers.answering import answer, answer_calls
from context.answers.chat import Turn
from context.api_refusals import model_errors, refusals
from context.editing.discarding import bring_back, discard
from context.editing.rebase import DraftState, state_of
from context.models import Agent, Release
from context.outgoing import AnswerOut, CheckList, CheckOut, ReleaseOut, SubmittedOut
from context.releases.api import release_of, serving_now
from context.releases.checks import latest_checks, record_check
from context.releases.lifecycle import rollback
from context.rendering import answer_json, check_json, release_json
from context.schema import CheckIn, NeededReasonIn, PublishIn, ReasonIn, RespondIn, RespondLiveIn
from llm.budget import Budget, installation_budget, reserve_calls, settle_all
from llm.calls import UnparsableAnswer

CONFLICT = OpenApiResponse(description="The release is not in a status from which this is possible")
MISSING = OpenApiResponse(
    description="`checks_missing`: required checks have not passed; `missing` names them"
)


@extend_schema(
    operation_id="submit_release", request=None, responses={200: SubmittedOut, 409: CONFLICT}
)
@agent_api("releases", methods=["POST"])
@idempotent
def submit(request: Request, agent: Agent, number: int) -> Response:
    """Freeze a draft's content and make it a candidate; a rejected release may try again.

    `warning` says if another release went live since the draft was made: published as it is, it
    would take back what that one (`overtaken_by`) changed.
    """
    release, key = release_of(agent, number), key_of(request)
    state = state_of(release, agent) if release.is_draft else DraftState(release)
    with refusals():
        release.submit(timezone.now(), key.created_by, api_key=key)
    overtaken_by = state.overtaken_by.number if state.overtaken_by else None
    said = {"warning": state.warning, "overtaken_by": overtaken_by}
    return Response(release_json(release) | said)


@extend_schema(
    operation_id="discard_draft", request=ReasonIn, responses={200: ReleaseOut, 409: CONFLICT}
)
@agent_api("releases", methods=["POST"])
@idempotent
def set_aside(request: Request, agent: Agent, number: int) -> Response:
    """Set a draft aside. Its content stays; the proposals in it wait for a decision again, and its
    labels name nothing any more.
    """
    release, key = release_of(agent, number), key_of(request)
    body = parse_body(ReasonIn, request.data)
    with refusals():
        discard(release, timezone.now(), key.created_by, body.reason, api_key=key)
    return Response(release_json(release_of(agent, number)))


@extend_schema(
    operation_id="bring_back_draft", request=None, responses={200: ReleaseOut, 409: CONFLICT}
)
@agent_api("releases", methods=["POST"])
@idempotent
def take_up(request: Request, agent: Agent, number: int) -> Response:
    """Make a discarded draft one again, with the proposals that nobody has decided since."""
    release, key = release_of(agent, number), key_of(request)
    with refusals():
        bring_back(release, timezone.now(), key.created_by, api_key=key)
    return Response(release_json(release))


@extend_schema(
    operation_id="approve_release", request=ReasonIn, responses={200: ReleaseOut, 409: CONFLICT}
)
@agent_api("releases", methods=["POST"])
@idempotent
def approve(request: Request, agent: Agent, number: int) -> Response:
    """Say that a candidate may go live."""
    release, key = release_of(agent, number), key_of(request)
    body = parse_body(ReasonIn, request.data)
    with refusals():
        release.approve(timezone.now(), key.created_by, body.reason, api_key=key)
    return Response(release_json(release))


@extend_schema(
    operation_id="reject_release",
    request=NeededReasonIn,
    responses={200: ReleaseOut, 409: CONFLICT},
)
@agent_api("releases", methods=["POST"])
@idempotent
def reject(request: Request, agent: Agent, number: int) -> Response:
    """Say that a candidate, approved or not, does not go live, and why."""
    release, key = release_of(agent, number), key_of(request)
    body = parse_body(NeededReasonIn, request.data)
    with refusals():
        release.reject(timezone.now(), key.created_by, body.reason, api_key=key)
    return Response(release_json(release))


@extend_schema(
    operation_id="publish_release", request=PublishIn, responses={200: ReleaseOut, 409: MISSING}
)
@agent_api("releases", methods=["POST"])
@idempotent
def publish(request: Request, agent: Agent, number: int) -> Response:
    """Make a candidate or approved release live and retire the one that was.

    Refused with 409 while required checks have not passed.
    """
    release, key = release_of(agent, number), key_of(request)
    body = parse_body(PublishIn, request.data)
    with refusals():
        release.publish(timezone.now(), key.created_by, body.override_reason, api_key=key)
    return Response(release_json(release))


@extend_schema(
    operation_id="roll_back_to_release",
    request=ReasonIn,
    responses={200: ReleaseOut, 409: CONFLICT},
)
@agent_api("releases", methods=["POST"])
@idempotent
def roll_back_to(request: Request, agent: Agent, number: int) -> Response:
    """Make this retired release live again."""
    release, key = release_of(agent, number), key_of(request)
    body = parse_body(ReasonIn, request.data)
    with refusals():
        rollback(agent, timezone.now(), key.created_by, body.reason, to=release, api_key=key)
    return Response(release_json(release))


@extend_schema(
    operation_id="roll_back", request=ReasonIn, responses={200: ReleaseOut, 409: CONFLICT}
)
@agent_api("releases", methods=["POST"])
@idempotent
def roll_back(request: Request, agent: Agent) -> Response:
    """Make the release live again that was live before the live one."""
    key, body = key_of(request), parse_body(ReasonIn, request.data)
    with refusals():
        release = rollback(agent, timezone.now(), key.created_by, body.reason, api_key=key)
    return Response(release_json(release_of(agent, release.number)))


@extend_schema(methods=["GET"], operation_id="checks", responses=CheckList)
@extend_schema(
    methods=["POST"], operation_id="add_check", request=CheckIn, responses={201: CheckOut}
)
@agent_api("GET:read POST:releases", methods=["GET", "POST"])
@idempotent
def checks(request: Request, agent: Agent, number: int) -> Response:
    """The checks that count, or a new one: evidence from anywhere, such as a CI pipeline."""
    release = release_of(agent, number)
    if request.method == "GET":
        return Response({"data": [check_json(row) for row in latest_checks(release).values()]})
    body = parse_body(CheckIn, request.data)
    with refusals():
        check = record_check(release, at=timezone.now(), **body.model_dump())
    return Response(check_json(check), status=201)


@extend_schema(operation_id="respond", request=RespondIn, responses=AnswerOut)
@agent_api("ingest", methods=["POST"])
def respond(request: Request, agent: Agent, number: int) -> Response:
    """Answer a conversation with this release: action, reply and sources. Nothing is stored.

    It is paid from the agent's daily budget; a model that cannot be reached is a 503.
    """
    release = release_of(agent, number)
    return answered(agent, release, parse_body(RespondIn, request.data).turns())


@extend_schema(operation_id="respond_live", request=RespondLiveIn, responses=AnswerOut)
@agent_api("ingest", methods=["POST"])
def respond_live(request: Request, agent: Agent) -> Response:
    """Answer with the live release, or with the one that a rollout gives this customer.

    `release` says which it was: report it with the conversation.
    """
    body = parse_body(RespondLiveIn, request.data)
    found = serving_now(agent, body.customer)
    found.release.agent = agent
    return answered(agent, found.release, body.turns())


def answered(agent: Agent, release: Release, turns: list[Turn]) -> Response:
    """A release's answer, paid from the agent's daily budget."""
    now = timezone.now()
    daily = Budget(agent.budget_scope, agent.local_date(now), agent.daily_budget_usd)
    budgets = [daily, installation_budget(now)]
    with model_errors():
        reserved = reserve_calls(budgets, answer_calls(release, [turns]))
        spent = Decimal(0)
        try:
            result, reply = answer(release, turns)
            spent = reply.cost_usd
        except UnparsableAnswer as error:
            spent = error.cost_usd
            raise
        finally:
            settle_all(budgets, reserved, spent)
    return Response(answer_json(release, result, reply))
