"""Deciding proposals on the page: find, see the change, accept, decline, merge, undo."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role
from context.models import Agent, Proposal
from context.proposals.proposing import propose
from context.releases.content import content_of
from tests.make import NOW, PASSWORD, RETURNS, make_agent, make_live_release, make_member

pytestmark = pytest.mark.django_db
LIST = "/acme/bot/proposals/"
ZIP = "A torn zip is repaired for free within 5 years."
TENT = "Tents weigh 3 kg and come with pegs."
OTHER_ZIP = "We mend zips that tore for nothing during 5 years."


@pytest.fixture
def agent() -> Agent:
    """An agent with a live release, and its people."""
    agent = make_agent()
    make_live_release(agent)
    make_member(agent.workspace, role=Role.MANAGER)
    make_member(agent.workspace, "vera", role=Role.VIEWER)
    return agent


@pytest.fixture
def manager(agent: Agent, client: Client) -> Client:
    """A browser of the manager."""
    client.login(username="ada", password=PASSWORD)
    return client


def suggest(agent: Agent, body: str, *conversations: int, **fields: Any) -> Proposal:
    """A proposal that these conversations showed."""
    given: dict[str, Any] = {"source": "capture", "title": body[:20], "at": NOW}
    given["volume"] = len(conversations)
    rows = [{"conversation": one, "messages": ["m"]} for one in conversations]
    return propose(agent, body=body, evidence=rows, **(given | fields))[0]


def read(client: Client, path: str) -> str:
    """A page's text."""
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def send(client: Client, path: str, **fields: Any) -> str:
    """What a form's submission leads to."""
    response = client.post(LIST + path, fields, follow=True)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {ZIP, TENT}),
        ("?q=pegs", {TENT}),
        ("?q=TORN zip", {ZIP}),
        ("?topic=tents", {TENT}),
        ("?source=person", {TENT}),
        ("?week=2026-11-16", {ZIP}),
        ("?week=2026-11-09", {TENT}),
        ("?conflict=1", set()),
        ("?status=declined", set()),
        ("?status=all", {ZIP, TENT}),
        ("?status=nonsense&week=nonsense&id=nonsense&source=nonsense", {ZIP, TENT}),
    ],
)
def test_proposals_are_found(manager: Client, agent: Agent, query: str, shown: set[str]) -> None:
    suggest(agent, ZIP, 1)
    past = NOW - timedelta(days=7)
    suggest(agent, TENT, 2, topic="tents", source="person", at=past)
    html = read(manager, LIST + query)
    assert {text for text in (ZIP, TENT) if f'document plain">{text}' in html} == shown


def test_what_people_said_is_quoted_once(manager: Client, agent: Agent) -> None:
    said = [ZIP.rstrip("."), "Yes, zips are free.", "yes, zips are free", ZIP]
    evidence = [
        {"conversation": number, "messages": ["m"], "quotes": {"m": text}}
        for number, text in enumerate(said)
    ]
    propose(agent, source="capture", title="Zips", body=ZIP, evidence=evidence, at=NOW)
    shown = read(manager, LIST)
    assert shown.count("<blockquote") == 1
    assert "“Yes, zips are free.”" in shown


def test_what_contradicts_another_is_found_and_said(manager: Client, agent: Agent) -> None:
    suggest(agent, ZIP, 1)
    suggest(agent, ZIP.replace("5", "2"), 2)
    suggest(agent, TENT, 3)
    html = read(manager, f"{LIST}?conflict=1")
    assert html.count("Somebody else said otherwise") == 2
    assert TENT not in html


def test_the_change_is_seen_before_it_is_made(manager: Client, agent: Agent) -> None:
    proposal = suggest(agent, ZIP, 1)
    path = f"{proposal.pk}/accept/"
    assert "A document of its own" in read(manager, LIST + path)
    html = send(manager, path, body="Zips are free.", place=RETURNS.slug, preview="1")
    assert "<ins>" in html and "Zips are free." in html
    proposal.refresh_from_db()
    assert proposal.is_open and agent.releases.count() == 1
    send(manager, path, body="Zips are free.", place=RETURNS.slug)
    body = content_of(agent.releases.get(number=2)).documents[0].body
    assert body == f"{RETURNS.body}\n\nZips are free.\n"


def test_a_decline_names_its_cause_and_is_undone(manager: Client, agent: Agent) -> None:
    proposal = suggest(agent, ZIP, 1)
    assert "Say in a few words" in send(manager, f"{proposal.pk}/decline/", cause="other")
    assert "is declined" in send(manager, f"{proposal.pk}/decline/", cause="wrong")
    assert "the fact is wrong" in read(manager, f"{LIST}?status=declined")
    assert "is open again" in send(manager, f"{proposal.pk}/undo/")
    assert "cannot be taken back" in send(manager, f"{proposal.pk}/undo/")


def test_many_are_decided_at_once(manager: Client, agent: Agent) -> None:
    one, two = suggest(agent, ZIP, 1), suggest(agent, TENT, 2)
    assert "Choose some first" in send(manager, "decide/", what="accept")
    both = [one.pk, two.pk]
    assert "2 are declined" in send(
        manager, "decide/", what="decline", proposal=both, cause="too_rare"
    )
    assert "cannot be accepted" in send(manager, "decide/", what="accept", proposal=both)
    for proposal in (one, two):
        send(manager, f"{proposal.pk}/undo/")
    assert "2 are accepted" in send(manager, "decide/", what="accept", proposal=both)
    assert len(content_of(agent.releases.get(number=2)).documents) == 3


def test_two_wordings_are_merged_and_taken_apart(manager: Client, agent: Agent) -> None:
    one, two = suggest(agent, ZIP, 1, 2), suggest(agent, OTHER_ZIP, 3)
    assert "Choose two" in send(manager, "decide/", what="merge", proposal=[one.pk])
    assert "1 is merged" in send(manager, "decide/", what="merge", proposal=[one.pk, two.pk])
    assert "Also: “We mend zips" in read(manager, LIST)
    assert f"/acme/bot/proposals/{one.pk}/" in read(manager, f"{LIST}{two.pk}/")
    assert "a proposal of its own" in send(manager, f"{two.pk}/undo/")
    two.refresh_from_db()
    assert two.is_open


@pytest.mark.parametrize("path", ["decide/", "{}/accept/", "{}/undo/", "{}/decline/"])
def test_who_only_reads_decides_nothing(agent: Agent, client: Client, path: str) -> None:
    proposal = suggest(agent, ZIP, 1)
    client.login(username="vera", password=PASSWORD)
    assert client.post(LIST + path.format(proposal.pk)).status_code == 403
    assert "Decline …" not in read(client, LIST)
