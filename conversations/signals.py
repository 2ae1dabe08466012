"""Signals of a conversation from its tags, its messages and what the sender said about them.

The tags are those of Gorgias' AI Agent; other helpdesks are mapped onto them. Pure functions.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from conversations.models import Author
from conversations.outcome import Signals

TAGS = {
    "ai_answered": "ai_answered",
    "ai_snooze": "ai_snoozed",
    "ai_handover": "ai_handed_over",
    "ai_close": "ai_closed",
    "ai_ignore": "ai_ignored",
}
PROCESSING_TAG = "ai_processing"
SPAM_TAG = "spam"

# What may stand in a message that only says thank you or goodbye; such a message opens nothing
# again. One of the core words must be there.
THANKS_CORE_WORDS = """
appreciate appreciated awesome bye cheers danke gracias goodbye grazie great merci obrigado ok okay
perfect solved tack thank thanks thx ty
"""
THANKS_OTHER_WORDS = """
a all alright amazing and are day excellent fine for good got have help helped helpful i is it its
kind lot much nice no problem quick reply so super that thats the this very was weekend welcome well
wonderful works yes you your youre
"""
THANKS_CORE = frozenset(THANKS_CORE_WORDS.split())
THANKS = THANKS_CORE.union(THANKS_OTHER_WORDS.split())
LONGEST_THANKS = 15

Given = dict[str, bool | datetime]
Times = dict[str, datetime | None]


class Said(Protocol):
    """What is read of a message."""

    author: str
    public: bool
    text: str
    sent_at: datetime


def is_reply(message: Said, author: str) -> bool:
    """Whether the author says something to the customer in it; an empty text is no reply."""
    return message.author == author and message.public and bool(message.text.strip())


def only_thanks(text: str) -> bool:
    """Whether a customer only says thank you, so that a closed conversation stays closed."""
    words = re.findall(r"[^\W\d_]+", text.lower().replace("'", "").replace("\u2019", ""))
    if "?" in text or any(character.isdigit() for character in text):
        return False
    if not words:
        return bool(text.strip())
    courteous = THANKS.issuperset(words) and not THANKS_CORE.isdisjoint(words)
    return courteous and len(words) <= LONGEST_THANKS


def derive_signals(
    messages: Sequence[Said],
    tags: Sequence[str],
    given: Given,
    *,
    opened: datetime,
    closed: datetime | None = None,
    before: Signals | None = None,
) -> Signals:
    """The signals of a conversation whose `messages` are in the order of sending.

    `given` holds what the sender stated: a time, True (seen, time unknown) or False (never).
    What is not stated is read from tags and messages. A signal once seen (`before`) stays, at
    the earliest time known, although its tag may be gone by now.
    """
    known = before or Signals()
    lowered = {tag.strip().lower() for tag in tags}
    found = seen_in(messages, lowered, opened, closed)
    merge(found, known, given, closed or opened)
    untold = "ai_closed" not in given and lowered.isdisjoint(TAGS)
    if closed and untold and is_left_to_ai(found, messages):
        found["ai_closed"] = earliest(found["ai_closed"], closed)
    if "reopened" not in given:
        closes = earliest(found["ai_closed"], closed, known.closed)
        found["reopened"] = earliest(reopened_at(messages, closes), known.reopened)
    returned = returned_at(messages, found["ai_snoozed"], known.customer_returned)
    processing = bool(given.get("ai_processing", PROCESSING_TAG in lowered))
    return Signals(processing=processing, customer_returned=returned, closed=closed, **found)


def seen_in(
    messages: Sequence[Said], tags: set[str], opened: datetime, closed: datetime | None
) -> Times:
    """What messages and tags show, at the time the messages suggest: tags themselves carry none."""
    answered = next((m.sent_at for m in messages if is_reply(m, Author.AI)), None)
    replied = next((m.sent_at for m in messages if is_reply(m, Author.HUMAN)), None)
    found: Times = dict.fromkeys((*TAGS.values(), "reopened"))
    found |= {"ai_answered": answered, "human_replied": replied}
    if tags.isdisjoint(TAGS):
        return found
    last = messages[-1].sent_at if messages else opened
    times = {
        "ai_answered": answered or opened,
        "ai_snoozed": answered or opened,
        "ai_handed_over": handover_time(messages, replied) or last,
        "ai_closed": closed or last,
        "ai_ignored": opened,
    }
    return found | {signal: times[signal] for tag, signal in TAGS.items() if tag in tags}


def handover_time(messages: Sequence[Said], human_replied: datetime | None) -> datetime | None:
    """The last thing said by the customer or the AI before a person took over."""
    if human_replied is None:
        return None
    earlier = [
        message.sent_at
        for message in messages
        if message.author in (Author.CUSTOMER, Author.AI) and message.sent_at <= human_replied
    ]
    return earlier[-1] if earlier else human_replied


def is_left_to_ai(found: Times, messages: Sequence[Said]) -> bool:
    """Whether the AI replied, nobody else had a hand in it, and no question was left standing."""
    if not found["ai_answered"] or found["human_replied"] or found["ai_handed_over"]:
        return False
    spoken = [m for m in messages if m.author in (Author.CUSTOMER, Author.AI) and m.public]
    return not spoken or spoken[-1].author == Author.AI or only_thanks(spoken[-1].text)


def merge(found: Times, known: Signals, given: Given, default: datetime) -> None:
    """Add to what was found what was known before, and what the sender states.

    `default` is the time of a signal that is stated without one and shows nowhere else.
    """
    for name in found:
        time = earliest(found[name], getattr(known, name))
        match given.get(name):
            case datetime() as stated:
                time = stated
            case True:
                time = time or default
            case False:
                time = None
        found[name] = time


def returned_at(
    messages: Sequence[Said], snoozed: datetime | None, known: datetime | None
) -> datetime | None:
    """The first customer message after the AI asked and waited."""
    if snoozed is None:
        return None
    seen = [m.sent_at for m in messages if m.author == Author.CUSTOMER and m.sent_at > snoozed]
    return earliest(known if known and known > snoozed else None, *seen[:1])


def reopened_at(messages: Sequence[Said], closed: datetime | None) -> datetime | None:
    """The first customer message after the close that is more than a thank you."""
    if closed is None:
        return None
    late = (m for m in messages if m.author == Author.CUSTOMER and m.sent_at > closed)
    return next((m.sent_at for m in late if not only_thanks(m.text)), None)


def earliest(*moments: datetime | None) -> datetime | None:
    """The earliest moment known, or None."""
    return min((moment for moment in moments if moment is not None), default=None)
