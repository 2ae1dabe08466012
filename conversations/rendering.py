"""What goes out over REST: the shapes OpenAPI shows, and the functions that fill them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, RootModel

from conversations.ingest import IngestResult
from conversations.models import Conversation, HandoverBrief, Message, Outcome
from conversations.outcome import explain, signals_of
from conversations.schema import ConversationIn

Status = Literal["created", "updated", "unchanged", "error"]


class FieldFault(BaseModel):
    """What is wrong with one field."""

    field: str
    message: str


class IngestOut(BaseModel):
    """What became of one conversation; `index` is its place in the list."""

    index: int
    external_id: str
    status: Status
    id: int | None
    errors: list[FieldFault]


class IngestList(BaseModel):
    """The answers to a list of conversations, in its order, and how many ended how."""

    data: list[IngestOut]
    counts: dict[Status, int]


class ConversationOut(BaseModel):
    """A conversation without its messages."""

    id: int
    external_id: str
    source: str
    channel: str
    topic: str
    language: str
    tier: str
    customer_ref: str
    tags: list[str]
    opened_at: datetime
    closed_at: datetime | None
    last_message_at: datetime
    message_count: int
    release: int | None
    outcome: str
    outcome_reason: str
    signals: dict[str, datetime | bool | None]
    csat_score: int | None
    csat_scored_at: datetime | None
    survey_sent_at: datetime | None
    cost_usd: Decimal
    spam: bool
    warnings: list[str]


class MessageOut(BaseModel):
    """One message."""

    external_id: str
    author: str
    public: bool
    text: str
    sent_at: datetime
    sources: list[str]


class ConversationDetail(ConversationOut):
    """A conversation with its messages in the order of sending."""

    messages: list[MessageOut]


class ConversationList(BaseModel):
    """A page of conversations, newest first."""

    data: list[ConversationOut]
    next_cursor: str | None


class ConversationsIn(RootModel[ConversationIn | list[ConversationIn]]):
    """One conversation, or a list of at most 1,000."""


class FactOut(BaseModel):
    """A fact of a brief, and the message that holds it."""

    name: str
    value: str
    message: str


class BriefOut(BaseModel):
    """A handover brief; while `state` is not `done` its texts are empty."""

    conversation: int
    state: str
    error: str
    release: int | None
    customer: str
    wants: str
    facts: list[FactOut]
    missing_facts: list[str]
    tried: str
    promised: str
    reason_code: str
    tier: str
    tier_reason: str
    mood: str
    risks: list[str]
    next_step: str
    draft_reply: str
    model: str
    finished_at: datetime | None
    rating: str
    rating_note: str
    rated_by: str | None
    rated_at: datetime | None


def ingest_json(result: IngestResult) -> dict[str, Any]:
    """One result of ingest."""
    return asdict(result)


def ingest_list_json(results: Sequence[IngestResult]) -> dict[str, Any]:
    """The results of a list."""
    return {
        "data": [ingest_json(result) for result in results],
        "counts": dict(Counter(result.status for result in results)),
    }


def conversation_json(row: Conversation) -> dict[str, Any]:
    """A conversation as `ConversationOut`; select its release with it."""
    signals = signals_of(row)
    plain = {
        name: getattr(row, name)
        for name in ConversationOut.model_fields
        if name not in ("release", "outcome_reason", "signals")
    }
    stated = {name: value for name, value in asdict(signals).items() if name != "closed"}
    return ConversationOut(
        **plain,
        release=row.release.number if row.release else None,
        outcome_reason=explain(signals, Outcome(row.outcome)),
        signals=stated,
    ).model_dump(mode="json")


def detail_json(row: Conversation) -> dict[str, Any]:
    """A conversation with its messages."""
    return conversation_json(row) | {"messages": [message_json(m) for m in row.messages.all()]}


def message_json(message: Message) -> dict[str, Any]:
    """One message."""
    values = {name: getattr(message, name) for name in MessageOut.model_fields}
    return MessageOut(**values).model_dump(mode="json")


def brief_json(row: HandoverBrief) -> dict[str, Any]:
    """A brief as `BriefOut`."""
    special = ("conversation", "release", "rated_by")
    plain = {name: getattr(row, name) for name in BriefOut.model_fields if name not in special}
    return BriefOut(
        **plain,
        conversation=row.conversation_id,
        release=row.release.number if row.release else None,
        rated_by=row.rated_by.username if row.rated_by else None,
    ).model_dump(mode="json")
