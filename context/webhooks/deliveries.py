"""Sending the messages to webhooks that wait, again and again for a day, and what comes of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from accounts.audit import record
from context.models.webhooks import Event, Webhook, WebhookAttempt, WebhookDelivery, WebhookStatus
from context.webhooks.posting import Answer, Post, post_all
from context.webhooks.signing import signed_headers
from llm.claims import claim, end, end_with_error, held_by, new_worker, put_back, skip_waiting
from llm.states import WorkState

if TYPE_CHECKING:
    from context.models.agents import Agent

AT_ONCE = 20
LEASE = timedelta(minutes=2)
# How long a message waits after each attempt that failed: eight attempts in all, over 26 hours.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 300, 480, 600))
DISABLED_AFTER = timedelta(days=1)
GONE = 410


def deliver(now_fn: Callable[[], datetime]) -> int:
    """Send what is due until nothing is; how many attempts were made.

    A worker that dies leaves rows whose lease runs out: their messages are sent again with the
    same id. No transaction is open while a receiver is waited for.
    """
    waiting = WebhookDelivery.objects.select_related("webhook__agent__workspace").order_by("id")
    worker, sent = new_worker(), 0
    while rows := claim(waiting, now=now_fn(), lease=LEASE, limit=AT_ONCE, worker=worker):
        begun = now_fn()
        answers = post_all([post_of(row, begun) for row in rows])
        for row, answer in zip(rows, answers, strict=True):
            note(worker, row, answer, begun, now_fn())
        sent += len(rows)
    return sent


def post_of(row: WebhookDelivery, at: datetime) -> Post:
    """The request of one attempt, signed for this moment."""
    body = row.body.encode()
    headers = {"content-type": "application/json", "user-agent": "agentops-webhooks/1"}
    headers |= signed_headers(row.webhook.salts(at), row.message_id, at, body)
    return Post(row.webhook.url, headers, body)


@transaction.atomic
def note(worker: str, row: WebhookDelivery, answer: Answer, begun: datetime, at: datetime) -> None:
    """Write what became of an attempt, and what follows for the message and its webhook."""
    WebhookAttempt.objects.create(
        delivery=row,
        at=begun,
        took_ms=answer.took_ms,
        response_code=answer.status,
        response_text=answer.text,
        error=answer.error[:300],
    )
    if not held_by(worker, [row], lock=True):
        return  # our lease ran out: whoever holds the row now decides
    if answer.accepted:
        end(worker, [row], WorkState.DONE)
        WebhookDelivery.objects.filter(pk=row.pk).update(delivered_at=at)
        Webhook.objects.filter(pk=row.webhook_id).update(failing_since=None)
        return
    fault = answer.error or f"answered {answer.status}"
    if answer.status == GONE or row.event == Event.TEST or row.attempts > len(WAITS):
        end_with_error(worker, row, WorkState.FAILED, fault)
    else:
        put_back(worker, row, fault, at + WAITS[row.attempts - 1])
    if row.event != Event.TEST:
        follow_failure(row, answer, at)


def follow_failure(row: WebhookDelivery, answer: Answer, at: datetime) -> None:
    """Remember since when a webhook fails, and disable one that nothing has reached for a day."""
    same = Webhook.objects.filter(pk=row.webhook_id)
    same.filter(failing_since=None).update(failing_since=at)
    if answer.status == GONE:
        disable(row.webhook, "the receiver answered 410: it is gone", at)
        return
    for_a_day = same.filter(failing_since__lte=at - DISABLED_AFTER)
    if row.attempts > len(WAITS) and for_a_day.exists():
        disable(row.webhook, "nothing was accepted for a day", at)


def disable(webhook: Webhook, reason: str, at: datetime) -> None:
    """Stop sending to a webhook until a person resumes it; its page and the trail say so."""
    active = Webhook.objects.filter(pk=webhook.pk, status=WebhookStatus.ACTIVE)
    if active.update(status=WebhookStatus.DISABLED, status_reason=reason):
        skip_waiting(webhook.deliveries.all(), f"The webhook was disabled: {reason}.")
        record(webhook.agent.workspace, "webhook.disabled", webhook.url, at=at, detail=reason)


@transaction.atomic
def pause(webhook: Webhook) -> None:
    """Send nothing more to it; what waits is left out and may be sent again by hand."""
    Webhook.objects.filter(pk=webhook.pk).update(status=WebhookStatus.PAUSED, status_reason="")
    skip_waiting(webhook.deliveries.all(), "The webhook was paused.")


def resume(webhook: Webhook) -> None:
    """Send to it again from now on."""
    Webhook.objects.filter(pk=webhook.pk).update(
        status=WebhookStatus.ACTIVE, status_reason="", failing_since=None
    )


def forget_old_deliveries(agent: "Agent", now: datetime) -> int:
    """Delete an agent's messages older than WEBHOOK_LOG_DAYS that are no longer under way."""
    oldest = now - timedelta(days=settings.WEBHOOK_LOG_DAYS)
    ended = [WorkState.DONE, WorkState.FAILED, WorkState.SKIPPED]
    old = WebhookDelivery.objects.filter(
        webhook__agent=agent, created_at__lt=oldest, state__in=ended
    )
    count, _ = old.delete()
    return count
