"""What became of a conversation: one pure function from its signals, so that all history can be
derived again.

Product rules: docs/conversations.md. No database and no clock in here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from conversations.models import Conversation, Outcome

SNOOZE = timedelta(days=3)
REOPEN_WINDOW = timedelta(days=7)


@dataclass(frozen=True)
class Signals:
    """When each signal was first seen (None: never), and whether the AI is still at work.

    They overlap: a conversation can be answered, snoozed and handed over.
    """

    processing: bool = False
    ai_answered: datetime | None = None
    ai_snoozed: datetime | None = None
    ai_handed_over: datetime | None = None
    ai_closed: datetime | None = None
    ai_ignored: datetime | None = None
    human_replied: datetime | None = None
    reopened: datetime | None = None
    customer_returned: datetime | None = None
    closed: datetime | None = None


def signals_of(conversation: Conversation) -> Signals:
    """The signals that are stored on a conversation."""
    return Signals(
        processing=conversation.processing,
        ai_answered=conversation.ai_answered_at,
        ai_snoozed=conversation.ai_snoozed_at,
        ai_handed_over=conversation.ai_handed_over_at,
        ai_closed=conversation.ai_closed_at,
        ai_ignored=conversation.ai_ignored_at,
        human_replied=conversation.human_replied_at,
        reopened=conversation.reopened_at,
        customer_returned=conversation.customer_returned_at,
        closed=conversation.closed_at,
    )


def derive(signals: Signals, now: datetime) -> Outcome:
    """The exclusive outcome; the first rule that holds wins."""
    if signals.processing:
        return Outcome.PENDING
    if signals.ai_ignored:
        return Outcome.IGNORED
    if signals.ai_handed_over:
        return Outcome.HANDED_OVER
    if is_waiting(signals):
        return Outcome.SNOOZE_SILENT_CLOSE if is_silent(signals, now) else Outcome.SNOOZE_OPEN
    if signals.ai_closed and not signals.human_replied and not reopened_in_time(signals):
        return Outcome.AI_RESOLVED
    if not signals.ai_answered:
        return Outcome.NO_AI
    if signals.human_replied or not is_open(signals):
        return Outcome.HUMAN_FINISHED
    return Outcome.PENDING


def is_open(signals: Signals) -> bool:
    """Whether it was never closed, or the customer came back after the close."""
    if signals.closed is None:
        return True
    return signals.reopened is not None and signals.reopened > signals.closed


def is_waiting(signals: Signals) -> bool:
    """Whether the AI asked the customer something and nobody has written since."""
    return bool(signals.ai_snoozed and not signals.customer_returned and not signals.human_replied)


def is_silent(signals: Signals, now: datetime) -> bool:
    """Whether a waiting conversation is over: closed, or the three days of the snooze are gone."""
    assert signals.ai_snoozed is not None
    return bool(signals.closed or signals.ai_closed) or now >= signals.ai_snoozed + SNOOZE


def reopened_in_time(signals: Signals) -> bool:
    """Whether the customer came back within seven days of the close."""
    closed = signals.ai_closed or signals.closed
    if signals.reopened is None or closed is None:
        return signals.reopened is not None
    return signals.reopened <= closed + REOPEN_WINDOW


EXPLANATIONS = {
    Outcome.IGNORED: "A rule kept the AI out.",
    Outcome.HANDED_OVER: "The AI handed it to a person.",
    Outcome.SNOOZE_OPEN: "The AI asked the customer and waits for the reply.",
    Outcome.SNOOZE_SILENT_CLOSE: "The AI asked, and the customer never came back.",
    Outcome.AI_RESOLVED: (
        "The AI closed it, nobody else wrote to the customer, and it was not reopened within "
        "seven days."
    ),
    Outcome.NO_AI: "The AI never replied.",
}


def explain(signals: Signals, outcome: Outcome) -> str:
    """Why the outcome is what it is, in one sentence for the page."""
    if outcome is Outcome.HUMAN_FINISHED:
        if signals.human_replied:
            return "The AI replied, and a person finished it without a handover."
        if reopened_in_time(signals):
            return "The AI closed it, but the customer reopened it within seven days."
        return "The AI replied, and somebody else closed it."
    if outcome is Outcome.PENDING:
        return "The AI is at work." if signals.processing else "The AI replied; it is still open."
    return EXPLANATIONS[outcome]
