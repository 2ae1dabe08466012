"""Many senders at once: one conversation, and counts that miss nothing."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from context.models import Agent, Measurement
from conversations.ingest import ingest
from conversations.models import Conversation, Message
from tests.make import NOW, make_agent, make_chat

pytestmark = pytest.mark.django_db(transaction=True)

SENDERS = 8


def send(agent: Agent, payloads: list[dict[str, Any]]) -> list[str]:
    """Ingest in a thread of its own."""
    try:
        return [result.status for result in ingest(agent, payloads, now=NOW)]
    finally:
        connection.close()


def test_the_same_payloads_sent_at_once_are_stored_once() -> None:
    agent = make_agent()
    payloads = [make_chat(f"c-{number}") for number in range(20)]
    with ThreadPoolExecutor(SENDERS) as pool:
        answers = list(pool.map(lambda _: send(agent, payloads), range(SENDERS)))
    told = Counter(status for answer in answers for status in answer)
    assert told == {"created": 20, "unchanged": 20 * (SENDERS - 1)}
    assert (Conversation.objects.count(), Message.objects.count()) == (20, 60)


def test_conversations_of_one_day_sent_at_once_are_all_counted() -> None:
    agent = make_agent()
    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(lambda n: send(agent, [make_chat(f"c-{n}")]), range(40)))
    counted = Measurement.objects.get(figure="conversations")
    assert (counted.n, Conversation.objects.count()) == (40, 40)


def test_messages_of_one_conversation_sent_at_once_are_all_kept() -> None:
    agent = make_agent()
    ingest(agent, [make_chat(messages=[])], now=NOW)

    def say(number: int) -> None:
        message = {"external_id": f"m-{number}", "author": "customer", "text": str(number)}
        send(agent, [make_chat(messages=[message])])

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(say, range(24)))
    row = Conversation.objects.get()
    assert row.message_count == row.messages.count() == 24
    assert sorted(m.position for m in row.messages.all()) == list(range(24))
