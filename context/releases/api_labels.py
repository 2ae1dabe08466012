"""The REST calls about labels: names that point to one release each."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import key_of
from accounts.bodies import parse_body
from context.access import agent_api
from context.api_refusals import refusals
from context.models import Agent, Label
from context.outgoing import LabelList, LabelOut, ReleaseOut
from context.releases.api import release_of
from context.releases.labels import current_labels, named_release, put_label, take_label
from context.rendering import label_json, release_json
from context.schema import LabelIn

PARTS = ("release", "by")


@extend_schema(operation_id="labels", responses=LabelList)
@agent_api("read")
def labels(request: Request, agent: Agent) -> Response:
    """The labels of an agent and the releases they name."""
    rows = current_labels(agent).select_related(*PARTS)
    return Response({"data": [label_json(row) for row in rows]})


@extend_schema(methods=["GET"], operation_id="labelled_release", responses=ReleaseOut)
@extend_schema(methods=["PUT"], operation_id="put_label", request=LabelIn, responses=LabelOut)
@extend_schema(methods=["DELETE"], operation_id="take_label", request=None, responses={204: None})
@agent_api("GET:read PUT:releases DELETE:releases", methods=["GET", "PUT", "DELETE"])
def label(request: Request, agent: Agent, name: str) -> Response:
    """The release that a label names; or let it name another one, or none.

    `live` and `newest` may be read as labels are.
    """
    if request.method == "GET":
        found = named_release(agent, name) if not name.isdigit() else None
        if found is None:
            raise Http404
        return Response(release_json(release_of(agent, found.number)))
    key = key_of(request)
    if request.method == "DELETE":
        if not take_label(agent, name, timezone.now(), key.created_by, key):
            raise Http404
        return Response(status=204)
    release = release_of(agent, parse_body(LabelIn, request.data).release)
    with refusals():
        put_label(release, name, timezone.now(), key.created_by, key)
    return Response(label_json(current_labels(agent).select_related(*PARTS).get(name=name)))


@extend_schema(operation_id="label_history", responses=LabelList)
@agent_api("read")
def history(request: Request, agent: Agent, name: str) -> Response:
    """What the label has named, the newest first."""
    rows = Label.objects.filter(agent=agent, name=name).select_related(*PARTS)
    if not rows:
        raise Http404
    return Response({"data": [label_json(row) for row in rows.order_by("-since", "-id")[:500]]})
