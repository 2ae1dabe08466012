"""Drafts are pushed, edited and never overwritten in silence."""

from dataclasses import replace

import pytest

from accounts.models import AuditEntry
from context.editing.discarding import bring_back, discard
from context.editing.drafts import create_draft, edit_draft, newest_draft, open_draft
from context.models import Proposal, Release
from context.proposals.proposing import propose
from context.refusals import EditConflict, EmptyPrompt, SameContent, WrongStatus
from context.releases.content import Content, content_of
from context.releases.labels import put_label
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


def test_the_same_content_twice_is_one_release() -> None:
    agent = make_agent()
    first, made = create_draft(agent, make_content(RETURNS, WASHING), at=NOW)
    again, made_again = create_draft(agent, make_content(WASHING, RETURNS), at=NOW)
    assert (made, made_again) == (True, False)
    assert again.pk == first.pk


def test_the_content_of_the_live_release_is_not_drafted_again() -> None:
    agent = make_agent()
    live = make_live_release(agent)
    same, made = create_draft(agent, make_content(), at=NOW)
    assert (same.pk, made) == (live.pk, False)


def test_numbers_count_up_within_an_agent() -> None:
    one = make_agent()
    other = make_agent(one.workspace, slug="other")
    numbers = [
        create_draft(agent, make_content(prompt=prompt), at=NOW)[0].number
        for agent, prompt in [(one, "a"), (one, "b"), (other, "a"), (one, "c")]
    ]
    assert numbers == [1, 2, 1, 3]


def test_a_draft_stems_from_the_live_release_unless_told_otherwise() -> None:
    agent = make_agent()
    live = make_live_release(agent)
    draft, _ = create_draft(agent, make_content(WASHING), at=NOW)
    child, _ = create_draft(agent, make_content(WASHING, prompt="p"), at=NOW, parent=draft)
    assert draft.parent == live
    assert child.parent == draft


def test_a_new_draft_starts_as_a_copy_of_the_live_release() -> None:
    agent = make_agent()
    live = make_live_release(agent)
    draft = open_draft(agent, at=NOW)
    assert draft.is_draft
    assert content_of(draft) == content_of(live)
    assert newest_draft(agent) == draft


def test_the_first_draft_of_an_agent_is_empty() -> None:
    assert content_of(open_draft(make_agent(), at=NOW)) == Content("")


def test_an_edit_changes_only_the_documents_that_differ() -> None:
    agent = make_agent()
    draft, _ = create_draft(agent, make_content(RETURNS, WASHING), at=NOW)
    kept = draft.documents.get(slug="washing").pk
    edited = make_content(replace(RETURNS, body="60 days."), WASHING)
    edit_draft(draft, edited, by=None, at=NOW)
    assert content_of(Release.objects.get(pk=draft.pk)) == edited
    assert draft.documents.get(slug="washing").pk == kept


def test_an_edit_is_on_record_with_what_it_changed() -> None:
    agent = make_agent()
    ada = make_member(agent.workspace)
    draft, _ = create_draft(agent, make_content(RETURNS), at=NOW)
    edit_draft(draft, make_content(WASHING, prompt="New"), by=ada, at=NOW)
    entry = AuditEntry.objects.get(action="release.edited")
    assert (entry.user, entry.detail) == (ada, "prompt; - returns; + washing")


def test_a_frozen_release_is_not_edited() -> None:
    agent = make_agent()
    live = make_live_release(agent)
    with pytest.raises(WrongStatus, match="Release 1 cannot be edited: it is live, not draft."):
        edit_draft(live, make_content(WASHING), by=None, at=NOW)
    assert content_of(live) == make_content()


def test_an_edit_of_what_somebody_else_changed_is_refused() -> None:
    draft, _ = create_draft(make_agent(), make_content(RETURNS), at=NOW)
    seen = draft.content_hash
    edit_draft(draft, make_content(WASHING), by=None, at=NOW, seen_hash=seen)
    with pytest.raises(EditConflict):
        edit_draft(draft, make_content(RETURNS), by=None, at=NOW, seen_hash=seen)
    assert content_of(draft) == make_content(WASHING)


def test_a_draft_edited_into_an_existing_release_is_not_submitted() -> None:
    agent = make_agent()
    make_live_release(agent, make_content(RETURNS))
    draft, _ = create_draft(agent, make_content(WASHING), at=NOW)
    edit_draft(draft, make_content(RETURNS), by=None, at=NOW)
    with pytest.raises(SameContent, match="Release 1 already holds exactly this content"):
        draft.submit(NOW)
    draft.refresh_from_db()
    assert draft.is_draft


def test_a_release_without_a_prompt_is_not_submitted() -> None:
    draft, _ = create_draft(make_agent(), make_content(RETURNS, prompt=" \n"), at=NOW)
    with pytest.raises(EmptyPrompt):
        draft.submit(NOW)


CUSTOMS = "Parcels to Norway need an EORI number."
BOXES = "Gift boxes cost four euros each."


def make_accepted(draft: Release, body: str = CUSTOMS) -> Proposal:
    """A proposal that went into the draft."""
    proposal, _ = propose(
        draft.agent,
        source=Proposal.Source.PERSON,
        title=body,
        body=body,
        at=NOW,
    )
    proposal.accept(NOW, None, into=draft)
    proposal.refresh_from_db()
    return proposal


def test_a_discarded_draft_keeps_its_text_and_is_brought_back_with_its_proposals() -> None:
    agent = make_agent()
    ada = make_member(agent.workspace)
    make_live_release(agent)
    draft = open_draft(agent, at=NOW, by=ada)
    taken, left = make_accepted(draft), make_accepted(draft, BOXES)
    put_label(draft, "staging", NOW, ada)
    draft.refresh_from_db()
    held = content_of(draft)
    discard(draft, NOW, ada, "written twice")
    assert (draft.status, draft.decided_by, draft.decision_reason) == (
        "discarded",
        ada,
        "written twice",
    )
    assert content_of(draft) == held and draft.edits.count() == 2
    assert newest_draft(agent) is None
    assert not draft.labels.filter(until=None).exists()
    assert {row.status for row in Proposal.objects.all()} == {"open"}
    left.refresh_from_db()
    left.decline(NOW, ada, "too rare")
    bring_back(draft, NOW, ada)
    assert (draft.status, draft.decided_by, draft.decision_reason) == ("draft", None, "")
    taken.refresh_from_db()
    left.refresh_from_db()
    assert (taken.status, taken.release) == ("accepted", draft)
    assert left.status == "declined", "who decided meanwhile is not overruled"
    trail = AuditEntry.objects.filter(action__in=["release.discarded", "release.brought_back"])
    assert [(row.action, row.user, row.detail) for row in trail.order_by("id")] == [
        ("release.discarded", ada, "written twice"),
        ("release.brought_back", ada, ""),
    ]


def test_only_a_draft_is_discarded_and_only_a_discarded_one_brought_back() -> None:
    agent = make_agent()
    live = make_live_release(agent)
    with pytest.raises(WrongStatus, match="Release 1 cannot be discarded: it is live"):
        discard(live, NOW)
    draft, _ = create_draft(agent, make_content(prompt="Be brief."), at=NOW)
    with pytest.raises(WrongStatus, match="it is draft, not discarded"):
        bring_back(draft, NOW)
    discard(draft, NOW)
    for step in (draft.submit, draft.publish):
        with pytest.raises(WrongStatus):
            step(NOW)
    with pytest.raises(WrongStatus, match="it is discarded, not draft"):
        edit_draft(draft, make_content(prompt="Other."), None, NOW)


def test_what_was_discarded_may_be_written_again() -> None:
    agent = make_agent()
    make_live_release(agent)
    first, _ = create_draft(agent, make_content(prompt="Be brief."), at=NOW)
    discard(first, NOW)
    again, made = create_draft(agent, make_content(prompt="Be brief."), at=NOW, newest=1)
    assert (again.number, made) == (3, True), "its number is not given again"
    again.submit(NOW)
    bring_back(first, NOW)
    with pytest.raises(SameContent):
        first.submit(NOW)


def test_a_fact_that_waits_anew_is_not_opened_twice() -> None:
    agent = make_agent()
    make_live_release(agent)
    draft = open_draft(agent, at=NOW)
    was = make_accepted(draft)
    Proposal.objects.create(
        agent=agent,
        source="person",
        title="Customs",
        body="b",
        fingerprint=was.fingerprint,
        created_at=NOW,
    )
    discard(draft, NOW)
    was.refresh_from_db()
    assert was.status == "accepted"
