"""One fact is one proposal, asked of the manager once."""

from dataclasses import replace
from typing import Any

import pytest

from accounts.models import AuditEntry
from context.editing.drafts import create_draft, open_draft
from context.models import Agent, Proposal
from context.proposals.proposing import propose
from context.refusals import WrongStatus
from context.releases.content import content_of
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_content,
    make_live_release,
    make_member,
)

pytestmark = pytest.mark.django_db
FACT = "Parcels to Norway take 5 working days and customs duties are paid by us."


def suggest(agent: Agent, body: str = FACT, **fields: Any) -> tuple[Proposal, bool]:
    """Propose a fact that one conversation showed."""
    given: dict[str, Any] = {"source": "capture", "title": "Parcels to Norway", "topic": "shipping"}
    return propose(agent, body=body, at=NOW, **(given | fields))


def seen_in(conversation: int, *messages: str) -> list[dict[str, Any]]:
    """Evidence from one conversation."""
    return [{"conversation": conversation, "messages": list(messages)}]


@pytest.mark.parametrize(
    "body",
    [
        FACT,
        "parcels to norway take 5 working days, and customs duties are paid by us",
        "Customs duties are paid by us. Parcels to Norway take 5 working days.",
        "A parcel to Norway takes five working days; we paid the customs duties ourselves.",
    ],
)
def test_the_same_fact_in_other_words_is_one_proposal(body: str) -> None:
    agent = make_agent()
    first, made = suggest(agent, evidence=seen_in(1, "m1"), failures=1)
    again, made_again = suggest(agent, body, evidence=seen_in(2, "m7"), failures=1)
    assert (made, made_again, again.pk) == (True, False, first.pk)
    again.refresh_from_db()
    assert (again.volume, again.failures) == (2, 2)
    shown = [(row["conversation"], row["messages"]) for row in again.evidence]
    assert shown == [(1, ["m1"]), (2, ["m7"])]
    assert again.body == FACT


def test_another_number_is_another_proposal() -> None:
    agent = make_agent()
    suggest(agent)
    _, made = suggest(agent, FACT.replace("5", "9"))
    assert made


def test_a_conversation_counts_once() -> None:
    agent = make_agent()
    for message in ("m1", "m1", "m2"):
        proposal, _ = suggest(agent, evidence=seen_in(1, message), failures=1)
    proposal.refresh_from_db()
    assert (proposal.volume, proposal.failures) == (1, 1)
    assert proposal.evidence == seen_in(1, "m1", "m2")


def test_required_facts_are_gathered_from_all_who_propose() -> None:
    agent = make_agent()
    suggest(agent, required_facts=["country"], evidence=seen_in(1))
    proposal, _ = suggest(agent, required_facts=["country", "weight"], evidence=seen_in(2))
    proposal.refresh_from_db()
    assert proposal.required_facts == ["country", "weight"]


def test_proposals_are_ranked_by_volume_times_failures() -> None:
    agent = make_agent()
    bodies = {"often asked": (9, 0), "failed often": (4, 4), "rare": (1, 1)}
    for body, (volume, failures) in bodies.items():
        suggest(agent, body, volume=volume, failures=failures)
    ranked = list(agent.proposals.values_list("body", "weight"))
    assert ranked == [("failed often", 20), ("often asked", 9), ("rare", 2)]


def test_what_the_live_documents_say_stands_beside_it() -> None:
    agent = make_agent()
    make_live_release(agent, make_content(RETURNS, WASHING))
    proposal, _ = suggest(agent, "You can return unworn items within 60 days of delivery.")
    expected = [{"slug": "returns", "kind": "contradiction", "quote": RETURNS.body}]
    assert proposal.conflicts == expected


def test_a_proposal_needs_a_body() -> None:
    with pytest.raises(ValueError, match="needs a body"):
        suggest(make_agent(), " \0 ")


def test_accepting_makes_a_draft_from_the_live_release() -> None:
    agent = make_agent()
    ada = make_member(agent.workspace)
    live = make_live_release(agent)
    proposal, _ = suggest(agent, required_facts=["country"])
    draft = proposal.accept(NOW, ada)
    assert (draft.is_draft, draft.parent) == (True, live)
    assert content_of(draft).document("returns") == RETURNS
    added = content_of(draft).document("parcels-to-norway")
    assert added is not None
    assert (added.body, added.topic, added.required_facts) == (FACT, "shipping", ("country",))
    proposal.refresh_from_db()
    assert (proposal.status, proposal.release, proposal.decided_by) == ("accepted", draft, ada)
    assert AuditEntry.objects.filter(action="proposal.accepted", user=ada).exists()


def test_accepted_proposals_gather_in_the_newest_draft() -> None:
    agent = make_agent()
    make_live_release(agent)
    open_draft(agent, at=NOW)
    newest = open_draft(agent, at=NOW)
    for body in ("Tents weigh 2 kg.", "Gift cards never expire."):
        suggest(agent, body, title=body)[0].accept(NOW)
    assert {p.release for p in agent.proposals.all()} == {newest}
    slugs = [document.slug for document in content_of(newest).documents]
    assert slugs == ["gift-cards-never-expire", "returns", "tents-weigh-2-kg"]


def test_the_text_may_be_edited_while_accepting() -> None:
    agent = make_agent()
    proposal, _ = suggest(agent)
    draft = proposal.accept(NOW, body="Parcels to Norway take a week.")
    assert content_of(draft).documents[0].body == "Parcels to Norway take a week."
    assert proposal.body == FACT


def test_a_proposal_may_change_a_document_that_is_there() -> None:
    agent = make_agent()
    make_live_release(agent, make_content(RETURNS, WASHING))
    proposal, _ = suggest(agent, "Items can be returned within 60 days of delivery.")
    changed = replace(RETURNS, body=proposal.body)
    draft = proposal.accept(NOW, document=changed)
    assert content_of(draft).documents == (changed, WASHING)


def test_a_proposal_for_the_prompt_is_appended_to_it() -> None:
    agent = make_agent()
    make_live_release(agent, make_content(prompt="Be kind.\n"))
    proposal, _ = suggest(agent, "Never promise a date.", kind="prompt")
    assert content_of(proposal.accept(NOW)).prompt == "Be kind.\n\nNever promise a date."


def test_two_proposals_of_one_title_become_two_documents() -> None:
    agent = make_agent()
    for body in ("Tents weigh 2 kg.", "Gift cards never expire."):
        draft = suggest(agent, body, title="?!")[0].accept(NOW)
    slugs = [document.slug for document in content_of(draft).documents]
    assert slugs == ["document", "document-2"]


def test_it_goes_into_a_draft_only() -> None:
    agent = make_agent()
    live = make_live_release(agent)
    other = make_agent(agent.workspace, slug="other")
    foreign, _ = create_draft(other, make_content(), at=NOW)
    proposal, _ = suggest(agent)
    for release in (live, foreign):
        with pytest.raises(WrongStatus):
            proposal.accept(NOW, into=release)
    proposal.refresh_from_db()
    assert proposal.is_open
    assert content_of(foreign) == make_content()


@pytest.mark.parametrize("decide", ["accept", "decline"])
def test_what_was_decided_is_not_decided_again(decide: str) -> None:
    agent = make_agent()
    proposal, _ = suggest(agent)
    stale = Proposal.objects.get(pk=proposal.pk)
    proposal.decline(NOW, None, "Wrong")
    with pytest.raises(WrongStatus):
        stale.accept(NOW) if decide == "accept" else stale.decline(NOW, None, "Wrong")
    assert not agent.releases.exists()


def test_a_declined_fact_is_not_asked_again() -> None:
    agent = make_agent()
    proposal, _ = suggest(agent, evidence=seen_in(1))
    proposal.decline(NOW, None, "Only in winter")
    again, made = suggest(agent, evidence=seen_in(2))
    assert (again.pk, made, again.status) == (proposal.pk, False, "declined")
    assert again.volume == 2


def test_a_fact_that_waits_in_a_draft_is_not_asked_again_until_it_failed_live() -> None:
    agent = make_agent(required_checks="")
    proposal, _ = suggest(agent)
    draft = proposal.accept(NOW)
    assert suggest(agent, evidence=seen_in(2))[0].pk == proposal.pk
    agent.releases.filter(pk=draft.pk).update(status="live")
    again, made = suggest(agent, evidence=seen_in(3))
    assert made
    assert again.conflicts == [{"slug": "parcels-to-norway", "kind": "duplicate", "quote": FACT}]
