"""An accepted proposal becomes a document, or goes into one in the place of what it contradicts."""

from dataclasses import replace

import pytest

from context.models import Agent, Proposal
from context.proposals.placement import NEW_DOCUMENT, accept_at, places_for, target_content
from context.proposals.proposing import propose
from context.releases.content import Content, DocumentContent, content_of
from tests.make import NOW, RETURNS, WASHING, make_agent, make_content, make_live_release

pytestmark = pytest.mark.django_db
LONGER = "You can return unworn items within 60 days of delivery."


@pytest.fixture
def agent() -> Agent:
    """An agent that knows of returns, in two sentences, and of washing."""
    agent = make_agent()
    returns = replace(RETURNS, body=f"Keep the tags. {RETURNS.body} Refunds take a week.")
    make_live_release(agent, make_content(returns, WASHING))
    return agent


def suggest(agent: Agent, body: str, kind: str = "document") -> Proposal:
    """A proposal with one fact to gather."""
    proposal, _ = propose(
        agent,
        source="person",
        title="T",
        body=body,
        at=NOW,
        kind=kind,
        topic="washing",
        required_facts=["order number"],
    )
    return proposal


def accepted(proposal: Proposal, place: str) -> Content:
    """The draft after the proposal was accepted there."""
    return content_of(accept_at(proposal, proposal.body, place, None, NOW))


def test_what_it_contradicts_is_offered_first_and_then_its_topic(agent: Agent) -> None:
    places = places_for(suggest(agent, LONGER), target_content(agent), "en")
    assert [value for value, _ in places] == [NEW_DOCUMENT, "returns", "washing"]
    assert "in the place of what it contradicts" in places[1][1]
    places = places_for(suggest(agent, "Tents weigh 2 kg."), target_content(agent), "en")
    assert [value for value, _ in places] == [NEW_DOCUMENT, "washing", "returns"]


def test_the_contradicted_sentence_makes_way_and_the_others_stay(agent: Agent) -> None:
    changed = accepted(suggest(agent, LONGER), "returns").document("returns")
    assert changed is not None
    assert changed.body == f"Keep the tags. {LONGER} Refunds take a week."
    assert changed.required_facts == ("order number",)


def test_what_contradicts_nothing_becomes_a_paragraph(agent: Agent) -> None:
    changed = accepted(suggest(agent, "Add two tennis balls."), "washing").document("washing")
    assert changed == replace(
        WASHING,
        body=f"{WASHING.body}\n\nAdd two tennis balls.\n",
        required_facts=("order number",),
    )


def test_a_document_of_its_own_leaves_the_others_alone(agent: Agent) -> None:
    before = target_content(agent)
    content = accepted(suggest(agent, LONGER), NEW_DOCUMENT)
    added = DocumentContent("t", "T", LONGER, "washing", ("order number",))
    assert content == before.with_document(added)


def test_a_prompt_has_one_place(agent: Agent) -> None:
    proposal = suggest(agent, "Be kind.", kind="prompt")
    places = places_for(proposal, target_content(agent), "en")
    assert places == [(NEW_DOCUMENT, "At the end of the prompt")]
    assert accepted(proposal, NEW_DOCUMENT).prompt.endswith("\n\nBe kind.")
