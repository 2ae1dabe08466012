"""The REST calls about webhooks: which there are, what was sent to each, and sending it again.

They take a scope of their own: a webhook decides where events go, and its messages tell what is in
them.
"""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import key_of
from accounts.bodies import parse_body
from accounts.idempotency import idempotent
from accounts.pagination import listing
from accounts.problems import Problem
from context.access import agent_api
from context.models import Agent, Webhook
from context.webhooks import keeping
from context.webhooks.shapes import (
    DeliveryList,
    DeliveryOut,
    WebhookChangeIn,
    WebhookIn,
    WebhookList,
    WebhookOut,
    WebhookSecretOut,
    delivery_json,
    delivery_row,
    webhook_json,
)
from context.webhooks.signing import secret_of
from context.webhooks.views import find_delivery, find_webhook
from llm.states import WorkState

ORDER = ("-id",)
STATE = OpenApiParameter("state", str, enum=list(WorkState.values))
UNDER_WAY = OpenApiResponse(description="`under_way`: the message is being sent already")


def with_secret(answer: Response, webhook: Webhook) -> Response:
    """The answer with the secret, which is put in after the answer was kept for its
    `Idempotency-Key`: secrets are stored nowhere.
    """
    answer.data = {**answer.data, "secret": secret_of(webhook.salt)}
    return answer


@extend_schema(methods=["GET"], operation_id="webhooks", responses=WebhookList)
@extend_schema(
    methods=["POST"],
    operation_id="add_webhook",
    request=WebhookIn,
    responses={201: WebhookSecretOut},
)
@agent_api("webhooks", methods=["GET", "POST"])
def webhooks(request: Request, agent: Agent) -> Response:
    """The webhooks of an agent, the newest first; or another one, with its secret."""
    if request.method == "GET":
        return listing(request, agent.webhooks.select_related("created_by"), ORDER, webhook_json)
    answer = added(request, agent)
    if "Idempotent-Replay" in answer.headers or answer.status_code != 201:
        return answer
    return with_secret(answer, find_webhook(agent, answer.data["id"]))


@idempotent
def added(request: Request, agent: Agent) -> Response:
    """A new webhook without its secret."""
    body, key = parse_body(WebhookIn, request.data), key_of(request)
    made = keeping.add(agent, body.url, body.events, timezone.now(), key.created_by, key)
    return Response(webhook_json(made), status=201)


@extend_schema(methods=["GET"], operation_id="webhook", responses=WebhookOut)
@extend_schema(
    methods=["PATCH"], operation_id="change_webhook", request=WebhookChangeIn, responses=WebhookOut
)
@extend_schema(
    methods=["DELETE"], operation_id="delete_webhook", request=None, responses={204: None}
)
@agent_api("webhooks", methods=["GET", "PATCH", "DELETE"])
def webhook(request: Request, agent: Agent, pk: int) -> Response:
    """One webhook; or another address, other events, paused or resumed; or deleted with its log."""
    found, key, now = find_webhook(agent, pk), key_of(request), timezone.now()
    if request.method == "DELETE":
        keeping.delete(found, now, key.created_by, key)
        return Response(status=204)
    if request.method == "PATCH":
        body = parse_body(WebhookChangeIn, request.data)
        if body.url is not None or body.events is not None:
            events = found.event_names if body.events is None else body.events
            keeping.change(found, body.url or found.url, events, now, key.created_by, key)
        if body.status is not None:
            step = keeping.resume if body.status == "active" else keeping.pause
            step(found, now, key.created_by, key)
        found.refresh_from_db()
    return Response(webhook_json(found))


@extend_schema(operation_id="renew_webhook_secret", request=None, responses=WebhookSecretOut)
@agent_api("webhooks", methods=["POST"])
def renew(request: Request, agent: Agent, pk: int) -> Response:
    """A new secret; the old one signs too for 24 hours."""
    found = find_webhook(agent, pk)
    answer = renewed(request, found)
    return answer if "Idempotent-Replay" in answer.headers else with_secret(answer, found)


@idempotent
def renewed(request: Request, found: Webhook) -> Response:
    """The webhook with a new secret, which is not told here."""
    key = key_of(request)
    keeping.renew(found, timezone.now(), key.created_by, key)
    return Response(webhook_json(found))


@extend_schema(operation_id="test_webhook", request=None, responses={202: DeliveryOut})
@agent_api("webhooks", methods=["POST"])
@idempotent
def test(request: Request, agent: Agent, pk: int) -> Response:
    """Send it a test, whatever it wants and even while it is paused."""
    key = key_of(request)
    sent = keeping.test(find_webhook(agent, pk), timezone.now(), key.created_by, key)
    return Response(delivery_json(sent), status=202)


@extend_schema(operation_id="webhook_deliveries", parameters=[STATE], responses=DeliveryList)
@agent_api("webhooks")
def deliveries(request: Request, agent: Agent, pk: int) -> Response:
    """What was or is to be sent to it, the newest first."""
    rows, state = find_webhook(agent, pk).deliveries.defer("body"), request.GET.get("state", "")
    if state and state not in WorkState.values:
        fault = {"field": "state", "message": f"one of {', '.join(WorkState.values)}"}
        raise Problem(422, "invalid", "There is no such state.", [fault])
    return listing(request, rows.filter(state=state) if state else rows, ORDER, delivery_row)


@extend_schema(operation_id="webhook_delivery", responses=DeliveryOut)
@agent_api("webhooks")
def delivery(request: Request, agent: Agent, pk: int, message: int) -> Response:
    """One message: what is signed and sent, and each attempt."""
    return Response(delivery_json(find_delivery(agent, message, pk)))


@extend_schema(
    operation_id="send_webhook_delivery_again",
    request=None,
    responses={202: DeliveryOut, 409: UNDER_WAY},
)
@agent_api("webhooks", methods=["POST"])
@idempotent
def send_again(request: Request, agent: Agent, pk: int, message: int) -> Response:
    """Send a message once more, with its id and its body."""
    found, key = find_delivery(agent, message, pk), key_of(request)
    if not keeping.send_again(found, timezone.now(), key.created_by, key):
        raise Problem(409, "under_way", "The message is under way already.")
    found.refresh_from_db()
    return Response(delivery_json(found), status=202)
