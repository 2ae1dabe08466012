"""The REST calls that give out the cases of a suite as a file, and take one."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import renderer_classes
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent
from testing.cases.api import refusals
from testing.cases.batches import bring_file, keep_file, planned_file, undo
from testing.exchange.entries import UnreadableFile
from testing.exchange.formats import FORMATS, READABLE, read
from testing.exchange.views import file_of
from testing.models import CaseBatch, Suite
from testing.rendering import brought_json
from testing.shapes import CaseFile, Undone

KINDS = [kind.partition(";")[0] for kind in FORMATS.values()]
FORM = OpenApiParameter("form", str, OpenApiParameter.PATH, enum=list(READABLE))


class AnyAccept(JSONRenderer):
    """Lets a client ask for text/csv; problems are JSON all the same."""

    media_type = "*/*"


@extend_schema(
    methods=["GET"],
    operation_id="export_cases",
    parameters=[FORM],
    responses={(200, kind): OpenApiTypes.STR for kind in KINDS},
)
@extend_schema(
    methods=["POST"],
    operation_id="import_cases",
    parameters=[
        FORM,
        OpenApiParameter("name", str, description="Name of the file, for the cases' source."),
        OpenApiParameter("dry_run", str, enum=["1"], description="Show it and change nothing."),
    ],
    request={kind: OpenApiTypes.STR for kind in KINDS},
    responses={200: CaseFile, 207: CaseFile},
)
@agent_api("GET:read POST:releases", methods=["GET", "POST"])
@renderer_classes([JSONRenderer, AnyAccept])
@idempotent
def file(request: Request, agent: Agent, suite_id: int, form: str) -> Any:
    """All cases of a suite that are not retired as a file, or the cases of a file brought in: each
    gets its own answer, and those with errors are passed over. The id of the batch undoes it all.
    """
    suite = get_object_or_404(agent.suites, pk=suite_id)
    suite.agent = agent
    return _take(request, suite, form) if request.method == "POST" else file_of(suite, form)


def _take(request: Request, suite: Suite, form: str) -> Response:
    """Bring in the body, or show what it would do."""
    if form not in READABLE:
        raise Http404
    now = timezone.now()
    try:
        entries = read(request._request.body, form)
    except UnreadableFile as error:
        fault = {"field": "body", "message": str(error)}
        raise Problem(422, "unreadable_file", str(error), [fault]) from None
    batch = keep_file(suite, request.GET.get("name", f"cases.{form}"), entries, now, None)
    if request.GET.get("dry_run"):
        brought = planned_file(batch)
        batch.delete()
    else:
        with refusals():
            brought = bring_file(batch, now, None)
    answer = {"batch": batch.pk, "data": [brought_json(n, one) for n, one in enumerate(brought)]}
    status = 200 if request.GET.get("dry_run") else 207
    return Response(answer, status=status, content_type="application/json")


@extend_schema(operation_id="undo_batch", request=None, responses=Undone)
@agent_api("releases", methods=["POST"])
def undo_batch(request: Request, agent: Agent, batch_id: int) -> Response:
    """Take back a file or an action on many cases; what was changed since stays as it is."""
    batch = get_object_or_404(CaseBatch, pk=batch_id, suite__agent=agent)
    with refusals():
        outcome = undo(batch, timezone.now(), None)
    return Response({"undone": outcome.changed, "refusals": outcome.refusals})
