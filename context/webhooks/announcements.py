"""Telling webhooks what happened: the row is the message, written with the change it tells of."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder

from context.models.webhooks import Event, Webhook, WebhookDelivery, WebhookStatus, new_message_id
from context.tasks import deliver_webhooks

if TYPE_CHECKING:
    from context.models.agents import Agent


def announce(agent: "Agent", event: Event | str, payload: dict[str, Any], at: datetime) -> int:
    """Write a message to each active webhook of the agent that wants this event; how many.

    Call it inside the transaction of the change itself: what is rolled back is never told, what is
    committed is told at least once. `payload` is JSON values, times and decimals; the workspace and
    the agent are added. Nothing is sent here, so it costs one query where nobody listens.
    """
    active = agent.webhooks.filter(status=WebhookStatus.ACTIVE)
    wanted = [webhook for webhook in active if event in webhook.event_names]
    if not wanted:
        return 0
    body, message_id = message_body(agent, event, payload, at), new_message_id()
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            webhook=webhook, message_id=message_id, event=event, body=body, created_at=at
        )
        for webhook in wanted
    )
    deliver_webhooks.delay_on_commit()  # type: ignore[attr-defined]
    return len(wanted)


def send_test(webhook: Webhook, at: datetime) -> WebhookDelivery:
    """Write a test message to this webhook, whatever it wants and even while it is paused."""
    body = message_body(webhook.agent, Event.TEST, {"webhook": webhook.pk}, at)
    delivery = webhook.deliveries.create(event=Event.TEST, body=body, created_at=at)
    deliver_webhooks.delay_on_commit()  # type: ignore[attr-defined]
    return delivery


def message_body(agent: "Agent", event: Event | str, payload: dict[str, Any], at: datetime) -> str:
    """The JSON text of a message: its type, when it happened, and what."""
    data = {"workspace": agent.workspace.slug, "agent": agent.slug, **payload}
    message = {"type": str(event), "timestamp": at, "data": data}
    return json.dumps(message, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
