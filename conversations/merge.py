"""Laying a payload over what is stored of a conversation: on model instances, without a write."""

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any

from accounts.masking import mask
from context.models import Agent
from conversations.binding import ReleaseBinding
from conversations.incoming import Incoming
from conversations.models import Conversation
from conversations.outcome import Signals, derive, signals_of
from conversations.schema import ConversationIn
from conversations.signals import SPAM_TAG, Given, derive_signals

STEP = timedelta(milliseconds=1)
MOST_WARNINGS = 20
PLAIN_FIELDS = ("channel", "language", "tier", "opened_at", "survey_sent_at", "cost_usd")


@dataclass(slots=True)
class MessageRow:
    """The columns of a message; six of them a conversation are too many for whole models."""

    external_id: str
    author: str
    public: bool
    text: str
    sent_at: datetime
    sources: list[str] = field(default_factory=list)
    position: int = 0
    conversation_id: int | None = None
    id: int | None = None


@dataclass
class Merged:
    """A conversation with a payload laid over it, and what has to be written of it."""

    conversation: Conversation
    is_new: bool
    changed: bool
    new_messages: list[MessageRow] = field(default_factory=list)
    changed_messages: list[MessageRow] = field(default_factory=list)
    earlier_day: date | None = None
    is_handed_over_now: bool = False

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing of it has to be written."""
        return not (self.is_new or self.changed or self.new_messages or self.changed_messages)


def lay_over(
    agent: Agent,
    incoming: Incoming,
    stored: Conversation | None,
    messages: list[MessageRow],
    binding: ReleaseBinding,
    now: datetime,
) -> Merged:
    """The conversation as it is after `incoming`; `messages` are the stored ones, in order."""
    row = stored or Conversation(agent=agent, created_at=now)
    before = {} if stored is None else state_of(row)
    known = signals_of(row) if stored else None
    copy_fields(row, incoming, agent, binding)
    merged = Merged(row, stored is None, False, earlier_day=before.get("opened_on"))
    ordered = merge_messages(merged, incoming, messages)
    row.message_count = len(ordered)
    row.sources = sorted({slug for message in ordered for slug in message.sources})
    row.last_message_at = max((m.sent_at for m in ordered), default=row.opened_at)
    set_signals(row, incoming, ordered, known, now)
    was_handed_over = known is not None and known.ai_handed_over is not None
    merged.is_handed_over_now = row.ai_handed_over_at is not None and not was_handed_over
    merged.changed = before != state_of(row)
    if not merged.is_unchanged:
        row.digest, row.updated_at = incoming.digest, now
    return merged


def state_of(row: Conversation) -> dict[str, Any]:
    """The stored columns, to see whether anything changes."""
    left_out = ("_state", "digest", "updated_at", "_prefetched_objects_cache")
    return {name: value for name, value in vars(row).items() if name not in left_out}


def copy_fields(
    row: Conversation,
    incoming: Incoming,
    agent: Agent,
    binding: ReleaseBinding,
) -> None:
    """Take over what the payload says of the conversation itself; null leaves what is stored."""
    data, workspace = incoming.data, agent.workspace
    row.source, row.external_id = data.source, data.external_id
    for name in PLAIN_FIELDS:
        if (value := getattr(data, name)) is not None:
            setattr(row, name, value)
    if "closed_at" in data.model_fields_set:
        row.closed_at = data.closed_at
    if data.topic is not None:
        row.topic = mask(data.topic, workspace)[:100]
    if data.customer_ref is not None:
        row.customer_ref = pseudonym(data.customer_ref, agent)
    if data.tags is not None:
        row.tags = [mask(tag, workspace) for tag in data.tags]
        row.spam = SPAM_TAG in {tag.strip().lower() for tag in row.tags}
    if data.csat is not None:
        row.csat_score = data.csat.score
        row.csat_scored_at = data.csat.scored_at or row.csat_scored_at
    row.opened_on = agent.local_date(row.opened_at)
    if data.release is not None or row.release_id is None:
        row.release_id = binding.release_id(data)
    enrol(row, data, binding)
    new_warnings = [note for note in incoming.warnings if note not in row.warnings]
    row.warnings = [*row.warnings, *new_warnings][:MOST_WARNINGS]


def enrol(row: Conversation, data: ConversationIn, binding: ReleaseBinding) -> None:
    """Note the rollout that ran and the customer's side, from the reference as it was sent: what is
    stored may be a code. A payload without a reference leaves the side as it stands.
    """
    rollout = binding.rollout_at(row.opened_at)
    if rollout is None or row.rollout_id != rollout.pk:
        row.arm = ""
    row.rollout_id = rollout.pk if rollout else None
    if rollout and data.customer_ref is not None:
        row.arm = rollout.arm_of(data.customer_ref) if data.customer_ref else ""


def pseudonym(reference: str, agent: Agent) -> str:
    """The reference of a customer; one that is personal data itself becomes a stable code."""
    if mask(reference, agent.workspace) == reference:
        return reference
    secret = agent.sampling_secret.encode()
    return (
        f"customer-{hmac.new(secret, reference.lower().encode(), hashlib.sha256).hexdigest()[:16]}"
    )


def merge_messages(
    merged: Merged, incoming: Incoming, messages: list[MessageRow]
) -> list[MessageRow]:
    """All messages in the order of sending, with what is new and changed noted in `merged`."""
    opened_at = merged.conversation.opened_at
    by_id = {message.external_id: message for message in messages}
    before = {message.external_id: replace(message) for message in messages}
    clock = messages[-1].sent_at if messages else opened_at - STEP
    for given, text in zip(incoming.data.messages, incoming.texts, strict=True):
        sent_at = given.sent_at
        if message := by_id.get(given.external_id):
            message.author, message.public, message.text = given.author, given.public, text
            message.sent_at = clock = sent_at or message.sent_at
            message.sources = message.sources if given.sources is None else given.sources
            continue
        clock, sources = sent_at or clock + STEP, given.sources or []
        message = MessageRow(given.external_id, given.author, given.public, text, clock, sources)
        by_id[given.external_id] = message
        merged.new_messages.append(message)
    ordered = sorted(by_id.values(), key=attrgetter("sent_at"))
    for position, message in enumerate(ordered):
        message.position = position
    merged.changed_messages = [row for row in messages if row != before[row.external_id]]
    return ordered


def set_signals(
    row: Conversation,
    incoming: Incoming,
    messages: list[MessageRow],
    known: Signals | None,
    now: datetime,
) -> None:
    """Derive the signals and the outcome from everything that is known now."""
    signals = derive_signals(
        messages,
        row.tags,
        stated(incoming.data),
        opened=row.opened_at,
        closed=row.closed_at,
        before=known,
    )
    row.processing = signals.processing
    row.ai_answered_at = signals.ai_answered
    row.ai_snoozed_at = signals.ai_snoozed
    row.ai_handed_over_at = signals.ai_handed_over
    row.ai_closed_at = signals.ai_closed
    row.ai_ignored_at = signals.ai_ignored
    row.human_replied_at = signals.human_replied
    row.reopened_at = signals.reopened
    row.customer_returned_at = signals.customer_returned
    row.outcome = derive(signals, now)


def stated(data: ConversationIn) -> Given:
    """The signals that the sender states; null is the same as left out."""
    if data.signals is None:
        return {}
    return data.signals.model_dump(exclude_unset=True, exclude_none=True)
