"""The REST call that assigns an item of the queue."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.acting import acting_user
from accounts.bodies import parse_body
from accounts.idempotency import idempotent
from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent
from reviews.queue.api import item_of
from reviews.queue.assignment import AssignmentRefused, assign
from reviews.rendering import item_json
from reviews.schema import ItemOut
from reviews.team.schema import AssignIn


@extend_schema(operation_id="assign_item", request=AssignIn, responses=ItemOut)
@agent_api("review", methods=["POST"])
@idempotent
def assign_item(request: Request, agent: Agent, key: int) -> Response:
    """Assign a free item to a member, or to nobody; 409 when it is not to be had, 403 when only a
    manager may. A reviewer takes what is for anyone, and gives back what is theirs.
    """
    body = parse_body(AssignIn, request.data or {})
    item, user = item_of(agent, key), acting_user(request, body.reviewer)
    assignee = acting_user(request, body.assignee) if body.assignee else None
    if item.assigned_to != assignee:
        try:
            count = assign(item.queue, [key], assignee, by=user, at=timezone.now())
        except AssignmentRefused as refusal:
            raise Problem(403, "assignment_refused", str(refusal)) from None
        if not count:
            sentence = "The item is being reviewed, finished, another's, or its second reading is."
            raise Problem(409, "not_assignable", sentence)
    return Response(item_json(item_of(agent, key)))
