"""The REST calls about runs."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import renderer_classes
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.bodies import parse_body
from accounts.idempotency import idempotent
from accounts.pagination import listing
from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent, Release
from testing.cases.api import refusals
from testing.comparing.rendering import run_detail
from testing.exchange.api import AnyAccept
from testing.models import Run
from testing.rendering import result_json, run_json
from testing.runs.export import FORMATS, results_file
from testing.runs.filters import PARAMETERS, asked_results
from testing.runs.runner import start_run
from testing.schema import RunIn
from testing.shapes import ResultList, RunDetail, RunList, RunOut
from testing.tasks import wake_workers


@extend_schema(methods=["GET"], operation_id="runs", responses=RunList)
@extend_schema(methods=["POST"], operation_id="start_run", request=RunIn, responses={202: RunOut})
@agent_api("GET:read POST:releases", methods=["GET", "POST"])
@idempotent
def runs(request: Request, agent: Agent, suite_id: int) -> Response:
    """The runs of a suite, newest first; or start one, which answers 202 and its progress."""
    suite = get_object_or_404(agent.suites, pk=suite_id)
    suite.agent = agent
    if request.method == "GET":
        rows = suite.runs.select_related("release", "baseline", "suite__agent__workspace")
        return listing(request, rows, ("-id",), run_json)
    body = parse_body(RunIn, request.data)
    baseline = (
        release_of(agent, body.baseline, "baseline") if body.baseline else agent.live_release()
    )
    with refusals():
        run = start_run(
            suite,
            release_of(agent, body.release, "release"),
            at=timezone.now(),
            baseline=baseline,
            trials=body.trials,
        )
    wake_workers(run)
    return Response(run_json(run), status=202)


@extend_schema(operation_id="run", responses=RunDetail)
@agent_api("read")
def run(request: Request, agent: Agent, run_id: int) -> Response:
    """A run with its progress and its comparison so far."""
    return Response(run_detail(run_of(agent, run_id)))


@extend_schema(operation_id="run_results", parameters=PARAMETERS, responses=ResultList)
@agent_api("read")
def results(request: Request, agent: Agent, run_id: int) -> Response:
    """The trials of a run in the order in which they are asked, all or those of a filter."""
    asked = asked_results(run_of(agent, run_id), request.GET)
    rows = asked.select_related("case", "release").prefetch_related("steps")
    return listing(request, rows, ("position", "id"), result_json)


@extend_schema(
    operation_id="export_results",
    parameters=[OpenApiParameter("form", str, OpenApiParameter.PATH, enum=list(FORMATS))],
    responses={(200, kind.partition(";")[0]): OpenApiTypes.STR for kind in FORMATS.values()},
)
@agent_api("read")
@renderer_classes([JSONRenderer, AnyAccept])
def results_as_file(request: Request, agent: Agent, run_id: int, form: str) -> Any:
    """Every trial of a run as CSV or JSON lines."""
    return results_file(run_of(agent, run_id), form)


@extend_schema(operation_id="cancel_run", request=None, responses=RunOut)
@agent_api("releases", methods=["POST"])
def cancel(request: Request, agent: Agent, run_id: int) -> Response:
    """Stop a run; what is under way is finished and kept."""
    found = run_of(agent, run_id)
    with refusals():
        found.cancel(timezone.now())
    return Response(run_json(found))


@extend_schema(operation_id="resume_run", request=None, responses={202: RunOut})
@agent_api("releases", methods=["POST"])
def resume(request: Request, agent: Agent, run_id: int) -> Response:
    """Go on with a cancelled run where it stopped."""
    found = run_of(agent, run_id)
    with refusals():
        found.resume()
    wake_workers(found)
    return Response(run_json(found), status=202)


@extend_schema(operation_id="retry_run", request=None, responses={202: RunOut})
@agent_api("releases", methods=["POST"])
def retry(request: Request, agent: Agent, run_id: int) -> Response:
    """Ask the trials again that failed or were skipped, and only those."""
    found = run_of(agent, run_id)
    with refusals():
        found.retry_failed()
    wake_workers(found)
    return Response(run_json(found), status=202)


def run_of(agent: Agent, run_id: int) -> Run:
    """A run of this agent, or 404."""
    found = Run.objects.select_related("suite__agent__workspace", "release", "baseline")
    return get_object_or_404(found, pk=run_id, suite__agent=agent)


def release_of(agent: Agent, number: int, field: str) -> Release:
    """The agent's release of this number; a 422 problem when there is none."""
    found = agent.releases.filter(number=number).first()
    if found is None:
        fault = {"field": field, "message": "there is no release of this number"}
        raise Problem(422, "invalid", f"There is no release {number}.", [fault])
    found.agent = agent
    return found
