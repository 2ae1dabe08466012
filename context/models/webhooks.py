"""Where the agent's events are sent, and each message that was or is to be."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models

from accounts.models import User
from context.webhooks.signing import new_salt
from llm.states import WorkState

OLD_SECRET_HOLDS = timedelta(hours=24)


class Event(models.TextChoices):
    """What a webhook may be told of."""

    PUBLISHED = "release.published", "a release went live"
    ROLLED_BACK = "release.rolled_back", "an older release was made live again"
    GATE_FAILED = "gate.failed", "a required check of a release failed"
    QUEUE_READY = "queue.ready", "the day's queue is drawn for the reviewers"
    WEEKLY_REPORT = "report.weekly", "the weekly report is written"
    ALERT = "figure.alert", "a figure has left its usual range"
    ROLLOUT_STOPPED = "rollout.stopped", "a staged rollout was stopped"
    TEST = "test", "somebody asked for a test"


class WebhookStatus(models.TextChoices):
    """active ↔ paused by a person; disabled by what failed for a day, until a person resumes it."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class Webhook(models.Model):
    """An address that is told of the agent's events; each message is signed with its secret."""

    Status = WebhookStatus

    agent = models.ForeignKey("context.Agent", models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    events = models.CharField(max_length=300, help_text="Names of events separated by spaces.")
    status = models.CharField(
        max_length=10, choices=WebhookStatus.choices, default=WebhookStatus.ACTIVE
    )
    status_reason = models.CharField(max_length=300, blank=True)
    salt = models.CharField(max_length=64, default=new_salt, editable=False)
    previous_salt = models.CharField(max_length=64, blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.url

    @property
    def event_names(self) -> list[str]:
        """The events it is told of."""
        return self.events.split()

    def salts(self, at: datetime) -> list[str]:
        """What the secrets that hold at this time are made of, the newest first."""
        if self.previous_salt and self.previous_until and at < self.previous_until:
            return [self.salt, self.previous_salt]
        return [self.salt]

    def rotate(self, at: datetime) -> None:
        """Give it a new secret; the old one signs too for a day, so that nothing is refused while
        the receiver takes over the new one.
        """
        self.previous_salt, self.salt = self.salt, new_salt()
        self.previous_until = at + OLD_SECRET_HOLDS
        self.save(update_fields=["salt", "previous_salt", "previous_until"])


def new_message_id() -> str:
    """The id by which a receiver knows a message that comes again."""
    return f"msg_{uuid.uuid4().hex}"


class WebhookDelivery(models.Model):
    """One message to one webhook: the body that is signed and sent, until it is accepted.

    Work in rows, see `llm.claims`; a message that is sent again keeps its id and its body.
    """

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=40, default=new_message_id)
    event = models.CharField(max_length=30)
    body = models.TextField(help_text="Exactly what is signed and sent: JSON.")
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    lease_until = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=[WorkState.PENDING, WorkState.WORKING]),
                name="webhook_messages_to_send",
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["webhook", "message_id"], name="a_message_is_one_row_of_its_webhook"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.message_id}"

    @property
    def last_code(self) -> int | None:
        """How the receiver answered last; prefetch the attempts where there are many messages."""
        attempts = list(self.attempts_made.all())
        return attempts[-1].response_code if attempts else None

    def send_again(self) -> bool:
        """Make it wait to be sent, with all its attempts; whether it was not under way already."""
        ended = WebhookDelivery.objects.filter(pk=self.pk).exclude(
            state__in=[WorkState.PENDING, WorkState.WORKING]
        )
        waiting: dict[str, Any] = {"state": WorkState.PENDING, "attempts": 0, "error": ""}
        return ended.update(**waiting, lease_until=None, claimed_by="") == 1


class WebhookAttempt(models.Model):
    """One time a message was sent, and what came back. Written once."""

    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="attempts_made")
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    response_code = models.PositiveSmallIntegerField(null=True, blank=True)
    response_text = models.TextField(blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.response_code or self.error}"
