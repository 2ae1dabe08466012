"""Two drafts from one parent: shown, merged by a person, never silently overwritten."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Role
from context.editing.drafts import create_draft
from context.editing.rebase import merge_into, seen_hash, state_of, states_of
from context.models import Agent, Edit, Release
from context.refusals import EditConflict
from context.releases.content import content_of
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_client,
    make_content,
    make_key,
    make_live_release,
    make_member,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
SIXTY = replace(RETURNS, body="You can return unworn items within 60 days of delivery.")
SHORT = replace(RETURNS, body="You can return unworn items within 14 days of delivery.")
COLD = replace(WASHING, body="Wash down jackets cold.")


@pytest.fixture
def agent() -> Agent:
    """Release 1 is live; drafts 2 and 3 are made from it and both change `returns`."""
    agent = make_agent(required_checks="")
    make_member(agent.workspace, role=Role.MANAGER)
    make_live_release(agent, make_content(RETURNS, WASHING))
    create_draft(agent, make_content(SIXTY, WASHING), at=LATER, note="Sixty")
    create_draft(agent, make_content(SHORT, COLD), at=LATER, note="Short")
    return agent


@pytest.fixture
def client(client: Client, agent: Agent) -> Client:
    """Logged in as the manager."""
    client.login(username="ada", password="correct horse battery")
    return client


def numbered(agent: Agent, number: int) -> Release:
    """A release, its agent known."""
    release = agent.releases.get(number=number)
    release.agent = agent
    return release


def publish(agent: Agent, number: int) -> Release:
    """Make a draft live."""
    release = numbered(agent, number)
    release.submit(LATER)
    release.publish(LATER)
    return release


def test_drafts_beside_each_other_show_what_both_change(agent: Agent, client: Client) -> None:
    [state, other] = states_of(agent)
    assert (state.draft.number, other.draft.number) == (3, 2)
    [meeting] = state.meetings
    assert (meeting.other.number, meeting.behind) == (2, False)
    assert [part.name for part in meeting.both] == ["returns"]
    page = client.get("/acme/bot/releases/").content.decode()
    assert "Draft 2 was begun from the same release as draft 3" in page


def test_a_draft_that_was_overtaken_says_so(agent: Agent, client: Client) -> None:
    publish(agent, 2)
    state = state_of(numbered(agent, 3), agent)
    assert state.overtaken_by is not None
    assert state.overtaken_by.number == 2
    page = client.get("/acme/bot/releases/3/").content.decode()
    assert "Release 2 went live since draft 3 was begun" in page
    assert "both change <strong>returns</strong>" in page


def test_submitting_an_overtaken_draft_warns_first(agent: Agent, client: Client) -> None:
    publish(agent, 2)
    answer = client.post("/acme/bot/releases/3/submit/", follow=True)
    assert answer.redirect_chain[-1][0].endswith("?confirm=submit")
    assert "Merge first" in answer.content.decode()
    assert numbered(agent, 3).is_draft
    client.post("/acme/bot/releases/3/submit/", {"known": "2"})
    assert numbered(agent, 3).status == "candidate"


def test_over_rest_an_overtaken_draft_is_submitted_with_a_warning(agent: Agent) -> None:
    publish(agent, 2)
    rest = make_client(make_key(agent.workspace))
    answer = rest.post("/api/v1/agents/bot/releases/3/submit/").json()
    assert (answer["status"], answer["overtaken_by"]) == ("candidate", 2)
    assert answer["warning"].startswith("Release 2 went live since release 3 was made and")
    numbered(agent, 3).reject(LATER, None, "Merge it")
    again = rest.post("/api/v1/agents/bot/releases/3/submit/").json()
    assert (again["warning"], again["overtaken_by"]) == ("", None)


def test_a_draft_made_from_a_candidate_is_not_overtaken_by_what_that_was_made_from(
    agent: Agent,
) -> None:
    candidate = numbered(agent, 2)
    candidate.submit(LATER)
    draft, _ = create_draft(agent, make_content(SIXTY, COLD), at=LATER, parent=candidate)
    assert state_of(draft, agent).overtaken_by is None
    publish(agent, 3)
    found = state_of(draft, agent).overtaken_by
    assert found is not None and found.number == 3


def test_merging_takes_what_one_changed_and_asks_about_what_both_did(
    agent: Agent, client: Client
) -> None:
    live, draft = publish(agent, 2), numbered(agent, 3)
    path = "/acme/bot/releases/3/merge/2/"
    page = client.get(path).content.decode()
    assert "decide" in page
    assert "60" in page
    assert "14" in page
    seen = seen_hash(draft, live)
    undecided = client.post(path, {"seen": seen})
    assert "Decide first: returns." in undecided.content.decode()
    assert content_of(numbered(agent, 3)) == make_content(SHORT, COLD)
    answer = client.post(
        path,
        {
            "seen": seen,
            "choice.document.returns": "text",
            "text.document.returns": "Within 60 days,\r\nshoes within 14.",
        },
    )
    assert answer.status_code == 302
    merged = numbered(agent, 3)
    assert merged.parent == live
    document = content_of(merged).document("returns")
    assert document is not None
    assert document.body == "Within 60 days,\nshoes within 14."
    assert content_of(merged).document("washing") == COLD
    edit = Edit.objects.get(release=merged, name="returns")
    assert (edit.before, edit.why) == (SHORT.body, "Merged with release 2")
    assert state_of(merged, agent).meetings == []


def test_a_merge_of_what_was_not_seen_is_refused(agent: Agent) -> None:
    live, draft = publish(agent, 2), numbered(agent, 3)
    with pytest.raises(EditConflict):
        merge_into(draft, live, {"document.returns": "mine"}, "another", None, LATER)
    assert content_of(numbered(agent, 3)) == make_content(SHORT, COLD)


def test_two_drafts_are_merged_and_both_still_start_from_live(agent: Agent) -> None:
    draft, other = numbered(agent, 3), numbered(agent, 2)
    seen = seen_hash(draft, other)
    merge_into(draft, other, {"document.returns": "theirs"}, seen, None, LATER)
    merged = numbered(agent, 3)
    assert content_of(merged) == make_content(SIXTY, COLD)
    assert merged.parent is not None
    assert merged.parent.number == 1


def test_a_frozen_release_is_not_merged_into(agent: Agent, client: Client) -> None:
    publish(agent, 2)
    answer = client.get("/acme/bot/releases/2/merge/3/", follow=True)
    assert "is frozen" in answer.content.decode()
    assert client.get("/acme/bot/releases/3/merge/3/").status_code == 404
    assert client.get("/acme/bot/releases/3/merge/9/").status_code == 404
