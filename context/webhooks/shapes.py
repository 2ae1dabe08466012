"""Webhooks as REST takes and gives them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from context.models import Event, Webhook, WebhookAttempt, WebhookDelivery
from context.releases.settings import Storable
from context.schema import Incoming
from context.webhooks.posting import fault_of

NAMES = tuple(event.value for event in Event if event != Event.TEST)


def reachable(url: str) -> str:
    """The address, unless it may not be posted to."""
    if fault := fault_of(url.strip()):
        raise ValueError(f"the address {fault}")
    return url.strip()


def known(names: list[str]) -> list[str]:
    """The events, each once, if all of them exist."""
    if strange := [name for name in names if name not in NAMES]:
        raise ValueError(f"no such event: {', '.join(strange)}; there are {', '.join(NAMES)}")
    return [name for name in NAMES if name in names]


Address = Annotated[str, Field(max_length=500), Storable, AfterValidator(reachable)]
Events = Annotated[list[str], Field(min_length=1, max_length=20), AfterValidator(known)]


class WebhookIn(Incoming):
    """Where to, and what it is told; everything unless `events` says otherwise."""

    url: Address
    events: Events = list(NAMES)


class WebhookChangeIn(Incoming):
    """What is to be another; `active` resumes one that was paused or disabled."""

    url: Address | None = None
    events: Events | None = None
    status: Literal["active", "paused"] | None = None

    @model_validator(mode="after")
    def changes_something(self) -> Self:
        """A body without a field would change nothing."""
        if self.url is None and self.events is None and self.status is None:
            raise ValueError("url, events or status is needed")
        return self


class WebhookOut(BaseModel):
    """A webhook; its secret is told once, when it is made or renewed."""

    id: int
    url: str
    events: list[str]
    status: str
    status_reason: str
    failing_since: datetime | None
    created_by: str | None
    created_at: datetime


class WebhookSecretOut(WebhookOut):
    """A webhook with its new secret, which is not told again. An answer repeated for its
    `Idempotency-Key` lacks it: renew it then.
    """

    secret: str


class WebhookList(BaseModel):
    """A page of webhooks, the newest first."""

    data: list[WebhookOut]
    next_cursor: str | None


class DeliveryRow(BaseModel):
    """A message in the log. `state` is pending, working, done, failed or skipped."""

    id: int
    message_id: str
    event: str
    state: str
    attempts: int
    error: str
    created_at: datetime
    delivered_at: datetime | None


class AttemptOut(BaseModel):
    """One time it was sent, and what came back."""

    at: datetime
    took_ms: int
    response_code: int | None
    response_text: str
    error: str


class DeliveryOut(DeliveryRow):
    """A message with what is signed and sent, and each attempt, the first one first."""

    body: str
    attempts_made: list[AttemptOut]


class DeliveryList(BaseModel):
    """A page of messages, the newest first."""

    data: list[DeliveryRow]
    next_cursor: str | None


def webhook_json(row: Webhook) -> dict[str, Any]:
    """A webhook without its secret; select its maker with it."""
    return WebhookOut(
        id=row.pk,
        url=row.url,
        events=row.event_names,
        status=row.status,
        status_reason=row.status_reason,
        failing_since=row.failing_since,
        created_by=row.created_by.username if row.created_by else None,
        created_at=row.created_at,
    ).model_dump()


def delivery_row(row: WebhookDelivery) -> dict[str, Any]:
    """A message in the log."""
    return {name: getattr(row, name if name != "id" else "pk") for name in DeliveryRow.model_fields}


def delivery_json(row: WebhookDelivery) -> dict[str, Any]:
    """A message with its body and attempts."""
    return {
        **delivery_row(row),
        "body": row.body,
        "attempts_made": [attempt_json(one) for one in row.attempts_made.all()],
    }


def attempt_json(row: WebhookAttempt) -> dict[str, Any]:
    """One attempt."""
    return {name: getattr(row, name) for name in AttemptOut.model_fields}
