"""The fact people used to finish what the AI handed over becomes a proposal."""

from datetime import timedelta
from typing import Any

import pytest

from context.models import Agent, Proposal
from conversations.capture import CapturedFact, plan_captures, proposal_for, work_captures
from conversations.ingest import ingest
from conversations.models import Conversation, FactCapture
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


def solve(agent: Agent, external_id: str, said: str, **fields: Any) -> Conversation:
    """A conversation that was handed over and finished by a person."""
    texts = [
        ("customer", "How long is a gift card valid?"),
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
    assert proposal.evidence == [{"conversation": conversation.pk, "messages": ["c-1-2"]}]
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


def test_a_fact_that_no_person_said_is_no_proposal(agent: Agent) -> None:
    conversation = solve(agent, "c-1", FACT)
    for messages in ([], ["c-1-0"], ["made-up"]):
        found = CapturedFact(useful=True, title="t", fact=FACT, message_ids=messages)
        assert proposal_for(agent, conversation, found, NOW) is None


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
