"""Proposals over REST."""

from typing import Any

import pytest
from django.test import Client

from context.models import Agent, Proposal
from context.proposals.proposing import propose
from context.releases.content import content_of
from tests.make import (
    NOW,
    RETURNS,
    make_agent,
    make_client,
    make_content,
    make_key,
    make_live_release,
    make_member,
    make_workspace,
)

pytestmark = pytest.mark.django_db
PROPOSALS = "/api/v1/agents/bot/proposals/"
FACT = {"title": "Gift cards", "body": "Gift cards never expire.", "topic": "gifts"}


def post(client: Client, path: str, body: Any) -> Any:
    """POST JSON below proposals/."""
    return client.post(PROPOSALS + path, body, "application/json")


def make_agent_with_key() -> tuple[Agent, Client]:
    """An agent and a client that may do everything."""
    agent = make_agent()
    return agent, make_client(make_key(agent.workspace, by=make_member(agent.workspace)))


def test_the_most_useful_come_first_and_page_by_page() -> None:
    agent, client = make_agent_with_key()
    for number, (volume, failures) in enumerate([(1, 1), (9, 0), (4, 4), (4, 4)]):
        body = ("Tents", "Gift cards", "Zips", "Parkas")[number] + " last"
        propose(
            agent, source="capture", title=body, body=body, at=NOW, volume=volume, failures=failures
        )
    first = client.get(f"{PROPOSALS}?limit=3").json()
    assert [(row["volume"], row["failures"]) for row in first["data"]] == [(4, 4), (4, 4), (9, 0)]
    second = client.get(f"{PROPOSALS}?limit=3&cursor={first['next_cursor']}").json()
    assert [row["volume"] for row in second["data"]] == [1]
    assert second["next_cursor"] is None


def test_a_person_may_propose_and_the_same_fact_stays_one() -> None:
    _, client = make_agent_with_key()
    first, again = post(client, "", FACT), post(client, "", FACT)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["source"] == "person"
    assert again.json()["id"] == first.json()["id"]


@pytest.mark.parametrize("change", [{"body": ""}, {"body": "  "}, {"title": ""}, {"kind": "odd"}])
def test_a_bad_proposal_names_its_field(change: dict[str, str]) -> None:
    _, client = make_agent_with_key()
    answer = post(client, "", FACT | change)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == next(iter(change))
    assert not Proposal.objects.exists()


def test_accepting_puts_it_into_a_draft() -> None:
    agent, client = make_agent_with_key()
    make_live_release(agent)
    number = post(client, "", FACT).json()["id"]
    answer = post(client, f"{number}/accept/", {"body": "Gift cards last for ever."})
    row = answer.json()
    assert (row["status"], row["release"], row["decided_by"]) == ("accepted", 2, "ada")
    document = content_of(agent.releases.get(number=2)).document("gift-cards")
    assert document is not None
    assert document.body == "Gift cards last for ever."


def test_accepting_may_name_the_draft_and_the_document() -> None:
    agent, client = make_agent_with_key()
    make_live_release(agent, make_content(RETURNS))
    number = post(client, "", FACT).json()["id"]
    refused = post(client, f"{number}/accept/", {"into": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_status")
    assert post(client, f"{number}/accept/", {"into": 9}).json()["errors"][0]["field"] == "into"
    document = {"slug": "returns", "title": "Returns", "body": "And gift cards never expire."}
    post(client, f"{number}/accept/", {"document": document})
    [changed] = content_of(agent.releases.get(number=2)).documents
    assert changed.body == "And gift cards never expire."


def test_declining_needs_a_reason_and_is_final() -> None:
    _, client = make_agent_with_key()
    number = post(client, "", FACT).json()["id"]
    assert post(client, f"{number}/decline/", {}).json()["errors"][0]["field"] == "reason"
    declined = post(client, f"{number}/decline/", {"reason": "Not true"}).json()
    assert (declined["status"], declined["decision_reason"]) == ("declined", "Not true")
    again = post(client, f"{number}/accept/", {})
    assert (again.status_code, again.json()["code"]) == (409, "wrong_status")
    assert [row["id"] for row in client.get(f"{PROPOSALS}?status=declined").json()["data"]] == [
        number
    ]


@pytest.mark.parametrize("cursor", ["odd", "WyJuIiwieCIsMSwxXQ", "WyJuIiwxXQ"])
def test_a_forged_cursor_is_refused(cursor: str) -> None:
    _, client = make_agent_with_key()
    answer = client.get(f"{PROPOSALS}?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


def test_another_workspaces_proposal_does_not_exist() -> None:
    agent, client = make_agent_with_key()
    number = post(client, "", FACT).json()["id"]
    elsewhere = make_workspace("elsewhere")
    make_agent(elsewhere)
    stranger = make_client(make_key(elsewhere))
    assert stranger.get(PROPOSALS).json()["data"] == []
    assert post(stranger, f"{number}/accept/", {}).status_code == 404
    assert agent.proposals.get().is_open


def test_one_proposal_is_read_merged_taken_out_and_undone() -> None:
    _, client = make_agent_with_key()
    one = post(client, "", FACT).json()["id"]
    two = post(client, "", FACT | {"body": "Tents weigh 3 kg and come with pegs."}).json()["id"]
    assert client.get(f"{PROPOSALS}{one}/").json()["status"] == "open"
    assert post(client, f"{one}/merge/", {"proposal": 999}).status_code == 422
    assert post(client, f"{one}/merge/", {"proposal": one}).json()["code"] == "cannot_merge"
    assert post(client, f"{one}/merge/", {"proposal": two}).json()["wordings"] == [two]
    merged = client.get(f"{PROPOSALS}{two}/").json()
    assert (merged["status"], merged["merged_into"]) == ("merged", one)
    assert post(client, f"{two}/undo/", {}).json()["status"] == "open"
    declined = post(client, f"{two}/decline/", {"cause": "too_rare"}).json()
    assert (declined["decision_cause"], declined["decision_reason"]) == ("too_rare", "")
    assert post(client, f"{two}/undo/", {}).json()["status"] == "open"
    accepted = post(client, f"{two}/accept/", {}).json()
    assert accepted["document_slug"]
    undone = post(client, f"{two}/undo/", {}).json()
    assert (undone["status"], undone["release"], undone["document_slug"]) == ("open", None, "")
    assert post(client, f"{two}/undo/", {}).json()["code"] == "wrong_status"
