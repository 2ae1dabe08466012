"""The context suite writes itself: a draft case for each document a candidate adds or changes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from context.models import Agent, Release
from context.proposals.proposing import propose
from conversations.ingest import ingest
from conversations.models import Conversation
from testing.context_suite.cases import changed_documents
from testing.context_suite.work import draft_context_cases
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_chat,
    make_content,
    make_live_release,
)

pytestmark = pytest.mark.django_db

GIFT = "Gift cards are valid for three years from the day of purchase."
EARLIER = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent, at=EARLIER)
    return agent


def accepted(agent: Agent, body: str = GIFT, **fields: Any) -> Release:
    """A candidate with a proposal whose evidence is a conversation about gift cards."""
    chat = make_chat(
        "g-1",
        ("customer", "Hello"),
        ("customer", "How long is a gift card valid?"),
        ("ai", "Could you tell me the order number?"),
        ("customer", "It is order 1042"),
        ("human", f"Sam here. {GIFT}"),
        ("customer", "Great, and where can I spend it?"),
    )
    [result] = ingest(agent, [chat], now=NOW)
    Conversation.objects.update(facts_gathered=True)
    proposal, _ = propose(
        agent,
        source="capture",
        title="Gift cards",
        body=body,
        topic="gifts",
        at=NOW,
        evidence=[{"conversation": result.id, "messages": ["g-1-4"]}],
        **fields,
    )
    draft = proposal.accept(NOW, None)
    draft.submit(NOW)
    return draft


def test_documents_added_and_changed_are_found_and_others_not(agent: Agent) -> None:
    changed = replace(RETURNS, body="You can return unworn items within 60 days.")
    candidate = make_candidate(agent, make_content(changed, WASHING))
    live = agent.live_release()
    assert {one.slug for one in changed_documents(candidate, live)} == {"returns", "washing"}
    assert [one.slug for one in changed_documents(candidate, None)] == ["returns", "washing"]
    same = make_candidate(agent, make_content(RETURNS, WASHING))
    assert [one.slug for one in changed_documents(same, live)] == ["washing"]


def test_the_question_is_a_customers_and_the_fact_the_documents(agent: Agent) -> None:
    [case] = draft_context_cases(accepted(agent), NOW)
    assert case.question == "How long is a gift card valid?"
    assert case.expected_facts == [GIFT]
    assert (case.expected_action, case.status, case.suite.kind) == ("answer", "draft", "context")
    assert case.proposal and case.conversation and case.document_slug and case.topic == "gifts"


def test_a_document_nobody_proposed_is_asked_by_its_title(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    [case] = draft_context_cases(candidate, NOW)
    assert case.question == "Washing a down jacket?" and case.expected_facts == [WASHING.body]
    assert case.source == "drafted by local-1 for release 2"


def test_only_the_new_sentences_of_a_changed_document_are_expected(agent: Agent) -> None:
    new = "Worn boots cannot be returned."
    longer = replace(RETURNS, body=f"{RETURNS.body} {new}")
    [case] = draft_context_cases(make_candidate(agent, make_content(longer)), NOW)
    assert case.expected_facts == [new]


def test_required_facts_the_customer_gave_are_part_of_what_is_asked(agent: Agent) -> None:
    [case] = draft_context_cases(accepted(agent, required_facts=["order number"]), NOW)
    assert case.expected_action == "answer"
    [turn] = case.turns
    assert turn["author"] == "customer"
    assert turn["text"].splitlines()[1:] == ["How long is a gift card valid?", "It is order 1042"]


def test_required_facts_nobody_gave_have_to_be_asked_for(agent: Agent) -> None:
    document = replace(WASHING, required_facts=("size",))
    [case] = draft_context_cases(make_candidate(agent, make_content(RETURNS, document)), NOW)
    assert (case.expected_action, case.required_facts) == ("snooze", ["size"])
    assert case.expected_facts == []


def test_drafting_again_adds_nothing_and_a_changed_document_gets_a_new_case(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    [first] = draft_context_cases(candidate, NOW)
    assert draft_context_cases(candidate, NOW) == [first]
    first.approve(NOW)
    assert draft_context_cases(candidate, NOW) == []
    other = replace(WASHING, body="Wash down jackets at 40 degrees.")
    [second] = draft_context_cases(make_candidate(agent, make_content(RETURNS, other)), NOW)
    assert second.pk != first.pk


def test_the_first_release_is_all_new() -> None:
    agent = make_agent()
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    assert {case.document_slug for case in draft_context_cases(candidate, NOW)} == {
        "returns",
        "washing",
    }
