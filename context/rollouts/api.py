"""The REST calls of staged rollouts."""

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import key_of
from accounts.bodies import parse_body
from accounts.idempotency import idempotent
from context.access import agent_api
from context.api_refusals import refusals
from context.models import Agent, Rollout
from context.outgoing import ReleaseOut
from context.releases.api import release_of
from context.rendering import release_json
from context.rollouts.rendering import RolloutOut, rollout_out
from context.rollouts.starting import open_rollout, promote, start_rollout
from context.schema import RaiseIn, ReasonIn, RolloutIn

CONFLICT = OpenApiResponse(description="The rollout is not in a status from which this is possible")
REFUSED = OpenApiResponse(
    description="`checks_missing`, `wrong_status`, `no_live_release` or `rollout_open`"
)
PEOPLE = ("release", "baseline", "started_by", "ended_by")


def shown(rollout: Rollout) -> Response:
    """The rollout as it is now."""
    found = Rollout.objects.select_related(*PEOPLE).get(pk=rollout.pk)
    return Response(rollout_out(found, timezone.now()).model_dump())


@extend_schema(methods=["GET"], operation_id="rollout", responses=RolloutOut)
@extend_schema(
    methods=["POST"],
    operation_id="start_rollout",
    request=RolloutIn,
    responses={201: RolloutOut, 409: REFUSED},
)
@agent_api("GET:read POST:releases", methods=["GET", "POST"])
@idempotent
def rollout(request: Request, agent: Agent, number: int) -> Response:
    """The newest rollout of a release, or a new one beside the live release."""
    release = release_of(agent, number)
    if request.method == "GET":
        found = release.rollouts.first()
        if found is None:
            raise Http404
        return shown(found)
    body, key = parse_body(RolloutIn, request.data), key_of(request)
    with refusals():
        started = start_rollout(
            release, body.share, body.days, timezone.now(), key.created_by, body.reason, key
        )
    answer = shown(started)
    answer.status_code = 201
    return answer


def step(named: str, take: Callable[..., None], says: str) -> Callable[..., HttpResponse]:
    """The call `named` takes one step of the open rollout, with a reason and no more."""

    def view(request: Request, agent: Agent, number: int) -> Response:
        body, key = parse_body(ReasonIn, request.data), key_of(request)
        with refusals():
            found = open_rollout(release_of(agent, number))
            take(found, timezone.now(), key.created_by, body.reason, key)
        return shown(found)

    view.__name__, view.__doc__ = named, says
    described = extend_schema(
        operation_id=f"{named}_rollout",
        request=ReasonIn,
        responses={200: RolloutOut, 409: CONFLICT},
    )
    return described(agent_api("releases", methods=["POST"])(idempotent(view)))


pause = step("pause", Rollout.pause, "Let the live release answer everybody until it is resumed.")
resume = step("resume", Rollout.resume, "Go on with the same customers.")
stop = step("stop", Rollout.stop, "Give all customers back to the live release.")


@extend_schema(
    operation_id="raise_rollout", request=RaiseIn, responses={201: RolloutOut, 409: CONFLICT}
)
@agent_api("releases", methods=["POST"])
@idempotent
def raise_share(request: Request, agent: Agent, number: int) -> Response:
    """Reach more customers: a new rollout with the same salt, in which nobody is taken back."""
    body, key = parse_body(RaiseIn, request.data), key_of(request)
    with refusals():
        found = open_rollout(release_of(agent, number))
        larger = found.raise_share(
            body.share, timezone.now(), key.created_by, body.reason, api_key=key
        )
    answer = shown(larger)
    answer.status_code = 201
    return answer


@extend_schema(
    operation_id="promote_rollout", request=None, responses={200: ReleaseOut, 409: REFUSED}
)
@agent_api("releases", methods=["POST"])
@idempotent
def promote_release(request: Request, agent: Agent, number: int) -> Response:
    """Publish the release that is rolled out: it answers everybody."""
    release, key = release_of(agent, number), key_of(request)
    with refusals():
        promote(release, timezone.now(), key.created_by, api_key=key)
    return Response(release_json(release_of(agent, number)))
