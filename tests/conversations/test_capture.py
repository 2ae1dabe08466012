"""The fact people used to finish what the AI handed over becomes a proposal."""

from datetime import timedelta
from typing import Any

import pytest

from context.models import Agent, Proposal
from conversations.capture import (
    CapturedFact,
    Said,
    plan_captures,
    proposal_for,
    work_captures,
)
from conversations.ingest import ingest
from conversations.models import Conversation, FactCapture, HandoverBrief
from conversations.tasks import work_captures as capture_task
from tests.make import NOW, make_agent, make_chat, make_live_release

pytestmark = pytest.mark.django_db

FACT = "Gift cards are valid for three years and can be used in every one of our stores."
KNOWN = "You can return unworn items within 30 days of delivery for a full refund."


@pytest.fixture
def agent() -> Agent:
    """An agent that knows about returns only."""
    agent = make_agent()
    make_live_release(agent)
    return agent


def solve(
    agent: Agent,
    external_id: str,
    said: str,
    question: str = "How long is a gift card valid?",
    **fields: Any,
) -> Conversation:
    """A conversation that was handed over and finished by a person."""
    texts = [
        ("customer", question),
        ("ai", "I am passing you to a colleague."),
        ("human", said),
    ]
    closed = {"closed_at": "2026-11-17T11:00:00Z", "topic": "gift cards"}
    payload = make_chat(external_id, *texts, tags=["ai_handover"], **(closed | fields))
    ingest(agent, [payload], now=NOW)
    return Conversation.objects.get(external_id=external_id)


def test_what_a_person_told_the_customer_becomes_a_proposal(agent: Agent) -> None:
    conversation = solve(agent, "c-1", f"Hello! {FACT}")
    assert plan_captures(agent, NOW) == 1
    assert work_captures(agent, lambda: NOW) == 1
    capture = FactCapture.objects.get()
    assert (capture.state, capture.error, capture.model) == ("done", "", "local-1")
    proposal = Proposal.objects.get()
    assert capture.proposal == proposal
    assert "three years" in proposal.body
    assert (proposal.source, proposal.topic) == ("capture", "gift cards")
    quotes = {"c-1-2": FACT.rstrip(".")}
    assert proposal.evidence == [
        {"conversation": conversation.pk, "messages": ["c-1-2"], "quotes": quotes}
    ]
    assert (proposal.volume, proposal.failures) == (1, 1)


def test_the_same_fact_from_two_conversations_is_one_proposal(agent: Agent) -> None:
    solve(agent, "c-1", FACT)
    solve(agent, "c-2", FACT)
    plan_captures(agent, NOW)
    work_captures(agent, lambda: NOW)
    proposal = Proposal.objects.get()
    assert (proposal.volume, proposal.failures) == (2, 2)
    assert len(proposal.evidence) == 2


@pytest.mark.parametrize("said", [KNOWN, "Hello, let me check that for you. Sorry for the wait!"])
def test_what_is_known_or_says_nothing_is_no_proposal(agent: Agent, said: str) -> None:
    solve(agent, "c-1", said)
    plan_captures(agent, NOW)
    work_captures(agent, lambda: NOW)
    assert FactCapture.objects.get().state == "done"
    assert not Proposal.objects.exists()


def found(fact: str, *said: tuple[str, str]) -> CapturedFact:
    """An answer of the model."""
    places = [Said(message_id=name, quote=quote) for name, quote in said]
    return CapturedFact(useful=True, title="t", fact=fact, said=places)


@pytest.mark.parametrize(
    "said",
    [
        [],
        [("c-1-0", "How long is a gift card valid?")],
        [("c-1-2", "Gift cards are valid for ten years")],
        [("made-up", "made up")],
    ],
)
def test_a_fact_that_no_person_said_is_no_proposal(
    agent: Agent, said: list[tuple[str, str]]
) -> None:
    conversation = solve(agent, "c-1", FACT)
    proposal, why = proposal_for(agent, conversation, found(FACT, *said), NOW)
    assert (proposal, why) == (None, "no person wrote the words it was to rest on")


def test_a_quote_counts_where_it_stands_whatever_message_was_named(agent: Agent) -> None:
    conversation = solve(agent, "c-1", f"Hello! {FACT}")
    proposal, _ = proposal_for(agent, conversation, found(FACT, ("c-1-0", FACT.upper())), NOW)
    assert proposal is not None
    assert proposal.evidence[0]["quotes"] == {"c-1-2": FACT.rstrip(".")}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("As an exception you can return it within 90 days.", "“As an exception”"),
        ("Order #48213 can be returned within 90 days.", "#48213"),
        ("Ausnahmsweise dürfen Sie die Jacke nach 90 Tagen zurückgeben.", "“Ausnahmsweise”"),
        ("Returns of Ada Lovelace are free for 90 days.", "Ada"),
        ("We have refunded the 40 euros of the voucher.", "“We have refunded”"),
        ("The voucher X7712 is good for three years.", "X7712"),
    ],
)
def test_what_holds_for_one_customer_is_no_proposal(agent: Agent, said: str, why: str) -> None:
    conversation = solve(agent, "c-1", said, question="Is my voucher X7712 still good?")
    HandoverBrief.objects.filter(conversation=conversation).update(customer="Ada Lovelace")
    proposal, note = proposal_for(agent, conversation, found(said, ("c-1-2", said)), NOW)
    assert proposal is None
    assert note.startswith("for this customer only") and why in note


def test_why_nothing_was_proposed_is_kept(agent: Agent) -> None:
    solve(agent, "c-1", KNOWN)
    plan_captures(agent, NOW)
    work_captures(agent, lambda: NOW)
    assert FactCapture.objects.get().note == "nothing new that holds for every customer"


def test_looked_at_are_finished_handovers_only(agent: Agent) -> None:
    solve(agent, "open", FACT, closed_at=None)
    texts = [("customer", "How long?"), ("ai", "Three years."), ("human", FACT)]
    closed = {"closed_at": "2026-11-17T11:00:00Z"}
    unanswered = make_chat("unanswered", tags=["ai_handover"], **closed)
    ingest(agent, [make_chat("no-handover", *texts, **closed), unanswered], now=NOW)
    assert plan_captures(agent, NOW - timedelta(hours=12)) == 0


def test_a_handover_that_went_quiet_is_finished_too(agent: Agent) -> None:
    solve(agent, "open", FACT, closed_at=None)
    assert plan_captures(agent, NOW + timedelta(hours=12)) == 1
    assert plan_captures(agent, NOW + timedelta(hours=12)) == 0


def test_the_task_works_what_waits(agent: Agent) -> None:
    solve(agent, "c-1", FACT)
    plan_captures(agent, NOW)
    capture_task()
    assert Proposal.objects.count() == 1
