"""The REST calls about re-grading a run: how much of it is luck of the grader."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.bodies import parse_body
from accounts.idempotency import idempotent
from accounts.pagination import listing
from context.access import agent_api
from context.models import Agent
from testing.cases.api import refusals
from testing.comparing.regrading import start_regrade
from testing.comparing.rendering_regrade import regrade_json
from testing.comparing.shapes import RegradeList, RegradeOut
from testing.models import Regrade
from testing.runs.api import run_of
from testing.schema import RegradeIn
from testing.tasks import wake_regrade_workers


@extend_schema(methods=["GET"], operation_id="regrades", responses=RegradeList)
@extend_schema(
    methods=["POST"],
    operation_id="start_regrade",
    request=RegradeIn,
    responses={202: RegradeOut},
)
@agent_api("GET:read POST:releases", methods=["GET", "POST"])
@idempotent
def regrades(request: Request, agent: Agent, run_id: int) -> Response:
    """The re-gradings of a run, newest first; or start one on a random sample of its grades."""
    run = run_of(agent, run_id)
    if request.method == "GET":
        return listing(request, run.regrades.select_related("run"), ("-id",), regrade_json)
    body = parse_body(RegradeIn, request.data or {})
    with refusals():
        regrade = start_regrade(run, at=timezone.now(), sample=body.sample)
    wake_regrade_workers(regrade)
    return Response(regrade_json(regrade), status=202)


@extend_schema(operation_id="regrade", responses=RegradeOut)
@agent_api("read")
def regrade(request: Request, agent: Agent, regrade_id: int) -> Response:
    """A re-grading with what it showed so far."""
    return Response(regrade_json(regrade_of(agent, regrade_id)))


@extend_schema(operation_id="cancel_regrade", request=None, responses=RegradeOut)
@agent_api("releases", methods=["POST"])
def cancel(request: Request, agent: Agent, regrade_id: int) -> Response:
    """Stop a re-grading; what is under way is finished and kept."""
    found = regrade_of(agent, regrade_id)
    with refusals():
        found.cancel(timezone.now())
    return Response(regrade_json(found))


@extend_schema(operation_id="resume_regrade", request=None, responses={202: RegradeOut})
@agent_api("releases", methods=["POST"])
def resume(request: Request, agent: Agent, regrade_id: int) -> Response:
    """Go on with a cancelled re-grading, or ask again for the grades that failed."""
    found = regrade_of(agent, regrade_id)
    with refusals():
        found.resume()
    wake_regrade_workers(found)
    return Response(regrade_json(found), status=202)


def regrade_of(agent: Agent, regrade_id: int) -> Regrade:
    """A re-grading of a run of this agent, or 404."""
    rows = Regrade.objects.select_related("run__suite__agent__workspace")
    return get_object_or_404(rows, pk=regrade_id, run__suite__agent=agent)
