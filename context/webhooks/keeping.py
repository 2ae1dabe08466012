"""What people and keys do to webhooks: each is on record with who did it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.audit import record
from accounts.models import ApiKey, User
from context.models import Agent, Webhook, WebhookDelivery
from context.tasks import deliver_webhooks
from context.webhooks import announcements, deliveries


def note(
    webhook: Webhook,
    action: str,
    at: datetime,
    by: User | None,
    api_key: ApiKey | None = None,
    detail: str = "",
) -> None:
    """Put on record what was done to a webhook."""
    workspace = webhook.agent.workspace
    record(workspace, action, webhook.url, at=at, user=by, api_key=api_key, detail=detail)


@transaction.atomic
def add(
    agent: Agent,
    url: str,
    events: Sequence[str],
    at: datetime,
    by: User | None,
    api_key: ApiKey | None = None,
) -> Webhook:
    """A new webhook of this address, which has been found fit to be posted to."""
    webhook = Webhook.objects.create(
        agent=agent, url=url, events=" ".join(events), created_by=by, created_at=at
    )
    note(webhook, "webhook.added", at, by, api_key, webhook.events)
    return webhook


@transaction.atomic
def change(
    webhook: Webhook,
    url: str,
    events: Sequence[str],
    at: datetime,
    by: User | None,
    api_key: ApiKey | None = None,
) -> None:
    """Another address, or other events."""
    before = webhook.url
    webhook.url, webhook.events = url, " ".join(events)
    webhook.save(update_fields=["url", "events"])
    was = f"was {before}" if before != url else ""
    note(webhook, "webhook.changed", at, by, api_key, was)


@transaction.atomic
def renew(webhook: Webhook, at: datetime, by: User | None, api_key: ApiKey | None = None) -> None:
    """Give it a new secret."""
    webhook.rotate(at)
    note(webhook, "webhook.secret_renewed", at, by, api_key)


@transaction.atomic
def pause(webhook: Webhook, at: datetime, by: User | None, api_key: ApiKey | None = None) -> None:
    """Send nothing more to it until it is resumed."""
    deliveries.pause(webhook)
    note(webhook, "webhook.paused", at, by, api_key)


@transaction.atomic
def resume(webhook: Webhook, at: datetime, by: User | None, api_key: ApiKey | None = None) -> None:
    """Send to it again: one that was paused, or disabled by what failed."""
    deliveries.resume(webhook)
    note(webhook, "webhook.resumed", at, by, api_key)


@transaction.atomic
def delete(webhook: Webhook, at: datetime, by: User | None, api_key: ApiKey | None = None) -> None:
    """Delete it with its log."""
    webhook.delete()
    note(webhook, "webhook.deleted", at, by, api_key)


@transaction.atomic
def test(
    webhook: Webhook, at: datetime, by: User | None, api_key: ApiKey | None = None
) -> WebhookDelivery:
    """Send it a test, whatever it wants and even while it is paused."""
    note(webhook, "webhook.tested", at, by, api_key)
    return announcements.send_test(webhook, at)


@transaction.atomic
def send_again(
    delivery: WebhookDelivery, at: datetime, by: User | None, api_key: ApiKey | None = None
) -> bool:
    """Send a message once more, with its id; whether it was not under way already."""
    if not delivery.send_again():
        return False
    note(delivery.webhook, "webhook.sent_again", at, by, api_key, delivery.message_id)
    deliver_webhooks.delay_on_commit()  # type: ignore[attr-defined]
    return True
