"""Transcripts for models: whole when they fit, visibly shortened when they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.ingest import ingest
from conversations.models import Conversation
from conversations.transcripts import Line, size_of, transcript, without_middle
from tests.make import NOW, make_agent, make_chat


def lines_of(*texts: tuple[str, str], limit: int = 10_000) -> tuple[list[Line], bool]:
    """The transcript of a stored conversation."""
    ingest(make_agent(), [make_chat("c-1", *texts)], now=NOW)
    return transcript(Conversation.objects.get(), limit)


@pytest.mark.django_db
def test_a_transcript_holds_every_message_with_its_id() -> None:
    lines, cut = lines_of(("customer", "Where?"), ("ai", "There."))
    assert lines == [
        {"id": "c-1-0", "author": "customer", "public": True, "text": "Where?"},
        {"id": "c-1-1", "author": "ai", "public": True, "text": "There."},
    ]
    assert not cut


@pytest.mark.django_db
def test_outputs_of_tools_are_shortened_before_anything_people_wrote() -> None:
    lines, cut = lines_of(("customer", "a" * 1000), ("tool", "b" * 9000), ("ai", "c"), limit=4000)
    assert cut
    assert lines[0]["text"] == "a" * 1000
    assert lines[1]["text"].endswith("[… 7500 characters left out]")


@pytest.mark.django_db
def test_the_beginning_and_the_end_of_a_long_chat_are_kept() -> None:
    texts = [("customer" if n % 2 else "ai", f"message {n} " + "x" * 100) for n in range(59)]
    lines, cut = lines_of(*texts, limit=3000)
    assert cut
    assert lines[0]["id"] == "c-1-0"
    assert lines[-1]["id"] == "c-1-58"
    notes = [line for line in lines if not line["id"]]
    assert len(notes) == 1
    assert "messages left out" in notes[0]["text"]


@given(st.lists(st.integers(0, 400), max_size=30), st.integers(100, 5000))
def test_what_is_left_stays_near_the_limit_and_in_order(sizes: list[int], limit: int) -> None:
    lines = [
        Line(id=str(n), author="ai", public=True, text="x" * size) for n, size in enumerate(sizes)
    ]
    kept = [int(line["id"]) for line in without_middle(lines, limit) if line["id"]]
    assert kept == sorted(kept)
    if len(kept) < len(lines):
        assert size_of(without_middle(lines, limit)) <= max(limit, 2 * 480 + 120)
