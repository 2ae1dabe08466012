"""One fact in several wordings: merged, taken apart, in conflict, declined and back again."""

from typing import Any

import pytest

from accounts.models import AuditEntry
from context.editing.drafts import edit_draft
from context.models import Agent, Proposal
from context.proposals.merging import merge, split
from context.proposals.placement import accept_at
from context.proposals.proposing import propose
from context.proposals.reopening import take_back
from context.refusals import CannotMerge, CannotTakeBack, WrongStatus
from context.releases.content import content_of
from tests.make import NOW, RETURNS, make_agent, make_content, make_live_release, make_member

pytestmark = pytest.mark.django_db
FACT = "Parcels to Norway take 5 working days and customs duties are paid by us."
REWORDED = "A parcel to Norway takes five working days; we paid the customs duties ourselves."
OTHER = "To Norway we deliver within 5 working days, duties included."


@pytest.fixture
def agent() -> Agent:
    """An agent with a live release."""
    agent = make_agent()
    make_live_release(agent)
    return agent


def suggest(agent: Agent, body: str, *conversations: int, **fields: Any) -> Proposal:
    """Propose a fact that these conversations showed."""
    for one in conversations:
        seen = [{"conversation": one, "messages": [f"m{one}"]}]
        proposal, _ = propose(
            agent, source="capture", title=body[:40], body=body, at=NOW, evidence=seen, failures=1
        )
    return proposal


def shown_in(proposal: Proposal) -> list[int]:
    """The conversations of the stored evidence."""
    proposal.refresh_from_db()
    return [row["conversation"] for row in proposal.evidence]


def test_other_words_are_kept_and_can_be_taken_out_again(agent: Agent) -> None:
    kept = suggest(agent, FACT, 1, 2)
    assert suggest(agent, REWORDED, 2, 3, 4) == kept
    wording = Proposal.objects.get(status="merged")
    assert shown_in(kept) == [1, 2, 3, 4]
    assert (kept.volume, kept.failures, wording.volume) == (4, 4, 3)
    split(wording, NOW, None)
    assert (shown_in(kept), shown_in(wording)) == ([1, 2], [2, 3, 4])
    assert (kept.volume, kept.failures, wording.volume, wording.status) == (2, 2, 3, "open")


def test_what_was_taken_apart_stays_apart(agent: Agent) -> None:
    kept = suggest(agent, FACT, 1)
    suggest(agent, REWORDED, 2)
    wording = Proposal.objects.get(status="merged")
    split(wording, NOW, None)
    assert suggest(agent, REWORDED, 3) == wording
    assert (shown_in(kept), shown_in(wording)) == ([1], [2, 3])


def test_a_person_merges_what_words_alone_do_not_tell(agent: Agent) -> None:
    ada = make_member(agent.workspace)
    kept, other = suggest(agent, FACT, 1), suggest(agent, OTHER, 2, 3)
    suggest(agent, OTHER + " Always.", 4)
    merge(kept, other, NOW, ada)
    assert shown_in(kept) == [1, 2, 3, 4] or shown_in(kept) == [1, 4, 2, 3]
    assert kept.volume == 4
    assert {row.merged_into for row in Proposal.objects.filter(status="merged")} == {kept}
    assert suggest(agent, OTHER, 5) == kept
    assert 5 in shown_in(kept)
    assert AuditEntry.objects.filter(action="proposal.merged").exists()


def test_what_is_decided_or_of_another_kind_cannot_be_merged(agent: Agent) -> None:
    kept, other = suggest(agent, FACT, 1), suggest(agent, OTHER, 2)
    with pytest.raises(CannotMerge):
        merge(kept, kept, NOW, None)
    other.decline(NOW, None, cause="wrong")
    with pytest.raises(WrongStatus):
        merge(kept, other, NOW, None)
    with pytest.raises(WrongStatus):
        split(kept, NOW, None)


def test_two_people_who_taught_different_numbers_are_shown_as_a_conflict(agent: Agent) -> None:
    five, nine = suggest(agent, FACT, 1), suggest(agent, FACT.replace("5", "9"), 2)
    assert five != nine
    assert list(nine.rivals.all()) == [five] and list(five.rivals.all()) == [nine]


def test_a_declined_fact_comes_back_when_its_evidence_doubles(agent: Agent) -> None:
    proposal = suggest(agent, FACT, 1, 2)
    proposal.decline(NOW, make_member(agent.workspace), cause="too_rare")
    suggest(agent, FACT, 3)
    suggest(agent, REWORDED, 4)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.volume) == ("declined", 4)
    suggest(agent, FACT, 5)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.came_back_at) == ("open", NOW)
    assert proposal.why == "too rare to be worth it now"


def test_accepting_is_undone_while_nothing_was_built_upon_it(agent: Agent) -> None:
    proposal = suggest(agent, "Unworn items can be returned within 60 days of delivery.", 1)
    draft = accept_at(proposal, proposal.body, RETURNS.slug, None, NOW)
    assert "60 days" in content_of(draft).documents[0].body
    take_back(proposal, NOW, None)
    draft.refresh_from_db()
    assert content_of(draft).documents == (RETURNS,)
    assert (proposal.status, proposal.release, proposal.document_slug) == ("open", None, "")
    accept_at(proposal, proposal.body, "*", None, NOW)
    assert len(content_of(draft).documents) == 2
    take_back(proposal, NOW, None)
    assert content_of(draft).documents == (RETURNS,)


def test_accepting_is_not_undone_over_a_later_edit_or_a_frozen_release(agent: Agent) -> None:
    proposal = suggest(agent, FACT, 1)
    draft = proposal.accept(NOW, None)
    edited = content_of(draft).document(proposal.document_slug)
    assert edited is not None
    before = content_of(draft)
    edit_draft(draft, make_content(RETURNS), None, NOW)
    with pytest.raises(CannotTakeBack, match="edited since"):
        take_back(proposal, NOW, None)
    edit_draft(draft, before, None, NOW)
    draft.submit(NOW)
    with pytest.raises(CannotTakeBack, match="candidate"):
        take_back(proposal, NOW, None)


def test_a_change_of_the_prompt_and_a_decline_are_undone_too(agent: Agent) -> None:
    wish, _ = propose(
        agent, source="person", title="Dates", body="Never promise a date.", at=NOW, kind="prompt"
    )
    draft = wish.accept(NOW, None)
    take_back(wish, NOW, None)
    draft.refresh_from_db()
    assert draft.prompt == make_content().prompt
    wish.decline(NOW, None, "No")
    take_back(wish, NOW, None)
    assert (wish.status, wish.decision_reason, wish.volume_decided) == ("open", "", None)
