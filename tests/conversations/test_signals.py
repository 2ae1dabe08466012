"""Signals from messages, from the tags of Gorgias' AI Agent, and from what the sender states."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conversations.outcome import Signals
from conversations.signals import derive_signals, only_thanks

T = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Said:
    """A message as the rules read it."""

    author: str
    text: str
    sent_at: datetime
    public: bool = True


def chat(*authors_and_texts: tuple[str, str]) -> list[Said]:
    """Messages a minute apart; `note:ai` is an internal note of the AI."""
    return [
        Said(author.removeprefix("note:"), text, T + n * MINUTE, not author.startswith("note:"))
        for n, (author, text) in enumerate(authors_and_texts)
    ]


def signals(messages: list[Said], *tags: str, **known: Any) -> Signals:
    """The signals of a conversation that was opened at T."""
    return derive_signals(messages, tags, known.pop("given", {}), opened=T, **known)


ASKED = ("customer", "Where is my order?")
ANSWERED = ("ai", "It was sent on Monday.")


def test_the_first_public_reply_of_the_ai_is_its_answer() -> None:
    found = signals(chat(ASKED, ("note:ai", "looking"), ANSWERED, ("ai", "Anything else?")))
    assert found.ai_answered == T + 2 * MINUTE


def test_a_note_of_a_person_is_no_reply_to_the_customer() -> None:
    assert signals(chat(ASKED, ("note:human", "VIP"))).human_replied is None
    assert signals(chat(ASKED, ("human", "Hello"))).human_replied == T + MINUTE


def test_a_person_who_writes_after_the_ai_is_no_handover_by_itself() -> None:
    assert signals(chat(ASKED, ANSWERED, ("human", "Hello"))).ai_handed_over is None


@pytest.mark.parametrize(
    ("tag", "name", "minutes"),
    [
        ("ai_answered", "ai_answered", 1),
        ("ai_snooze", "ai_snoozed", 1),
        ("AI_Handover ", "ai_handed_over", 2),
        ("ai_close", "ai_closed", 3),
        ("ai_ignore", "ai_ignored", 0),
    ],
)
def test_a_tag_is_seen_at_the_time_the_messages_suggest(tag: str, name: str, minutes: int) -> None:
    messages = chat(ASKED, ANSWERED, ("customer", "Are you sure?"), ("human", "Let me look."))
    assert getattr(signals(messages, tag), name) == T + minutes * MINUTE


def test_tags_without_messages_are_seen_at_the_opening_or_the_close() -> None:
    closed = T + 5 * MINUTE
    found = signals([], "ai_answered", "ai_snooze", "ai_handover", "ai_close", closed=closed)
    assert (found.ai_answered, found.ai_snoozed, found.ai_handed_over) == (T, T, T)
    assert found.ai_closed == closed


def test_the_tag_of_work_in_progress_is_gone_with_the_tag() -> None:
    before = signals(chat(ASKED), "ai_processing")
    assert before.processing
    assert not signals(chat(ASKED, ANSWERED), "ai_answered", before=before).processing


def test_what_was_seen_once_stays_although_its_tag_is_gone() -> None:
    before = signals(chat(ASKED, ANSWERED), "ai_snooze", "ai_handover")
    after = signals(chat(ASKED, ANSWERED), "ai_close", before=before)
    assert after.ai_snoozed == before.ai_snoozed
    assert after.ai_handed_over == before.ai_handed_over


def test_the_earliest_time_a_signal_was_seen_is_kept() -> None:
    before = signals(chat(ASKED, ANSWERED), "ai_close", closed=T + 2 * MINUTE)
    after = signals(chat(ASKED, ANSWERED), "ai_close", closed=T + 9 * MINUTE, before=before)
    assert after.ai_closed == T + 2 * MINUTE


def test_what_the_sender_states_is_believed() -> None:
    given = {"ai_handed_over": T + 7 * MINUTE, "ai_closed": False, "human_replied": True}
    found = signals(chat(ASKED, ANSWERED), "ai_close", given=given)
    assert found.ai_handed_over == T + 7 * MINUTE
    assert found.ai_closed is None
    assert found.human_replied is not None


def test_without_tags_a_close_after_the_ais_last_word_is_the_ais() -> None:
    closed = T + 9 * MINUTE
    assert signals(chat(ASKED, ANSWERED), closed=closed).ai_closed == closed
    thanked = chat(ASKED, ANSWERED, ("customer", "Thank you!"))
    assert signals(thanked, closed=closed).ai_closed == closed


@pytest.mark.parametrize(
    "messages",
    [
        chat(ASKED, ANSWERED, ("customer", "No, it was not.")),
        chat(ASKED, ANSWERED, ("human", "Sorry, it is lost.")),
        chat(ASKED),
    ],
)
def test_a_close_after_anything_else_is_not_the_ais(messages: list[Said]) -> None:
    assert signals(messages, closed=T + 9 * MINUTE).ai_closed is None


def test_where_the_ai_tags_its_work_a_close_without_its_tag_is_not_the_ais() -> None:
    assert signals(chat(ASKED, ANSWERED), "ai_answered", closed=T + 9 * MINUTE).ai_closed is None


def test_the_customer_returns_with_the_first_message_after_the_snooze() -> None:
    asked = chat(ASKED, ("ai", "Which order?"))
    assert signals(asked, "ai_snooze").customer_returned is None
    back = chat(ASKED, ("ai", "Which order?"), ("customer", "#12345"))
    assert signals(back, "ai_snooze").customer_returned == T + 2 * MINUTE


def test_a_message_after_the_close_reopens_it() -> None:
    messages = chat(ASKED, ANSWERED, ("customer", "It is still not here."))
    found = signals(messages, "ai_close", closed=T + 1.5 * MINUTE)
    assert found.reopened == T + 2 * MINUTE


def test_a_thank_you_after_the_close_reopens_nothing() -> None:
    messages = chat(ASKED, ANSWERED, ("customer", "Great, thanks so much!"))
    assert signals(messages, "ai_close", closed=T + 1.5 * MINUTE).reopened is None


def test_a_reopening_is_measured_from_the_first_close_although_it_was_closed_again() -> None:
    before = signals(chat(ASKED, ("human", "Sent.")), closed=T + 1.5 * MINUTE)
    messages = chat(ASKED, ("human", "Sent."), ("customer", "Not here."), ("human", "Sent again."))
    after = signals(messages, closed=T + 5 * MINUTE, before=before)
    assert after.reopened == T + 2 * MINUTE


@pytest.mark.parametrize(
    "text",
    ["Thanks!", "ok great", "Thank you so much for your help", "\U0001f44d", "That's perfect, bye"],
)
def test_a_thank_you_is_recognised(text: str) -> None:
    assert only_thanks(text)


@pytest.mark.parametrize(
    "text",
    ["Thanks, but it leaks", "ok?", "Thanks, my order is 12345", "yes", "", "Great. Where is it?"],
)
def test_what_says_more_is_no_mere_thank_you(text: str) -> None:
    assert not only_thanks(text)
