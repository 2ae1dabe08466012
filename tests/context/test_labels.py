"""Labels name one release each, move with a history, and are pushed with a release; a push over a
newer release than its parent is refused.
"""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry
from context.models import Agent, Label
from tests.make import make_agent, make_client, make_key, make_live_release, make_workspace

pytestmark = pytest.mark.django_db
URL = "/api/v1/agents/bot"


@pytest.fixture
def agent() -> Agent:
    """An agent with one live release."""
    agent = make_agent()
    make_live_release(agent)
    return agent


@pytest.fixture
def client(agent: Agent) -> Client:
    """A client with every scope."""
    return make_client(make_key(agent.workspace))


def push(client: Client, text: str, **fields: Any) -> Any:
    """POST a release; the answer."""
    return client.post(f"{URL}/releases/", {"prompt": text} | fields, "application/json")


def test_a_label_names_the_newest_it_was_put_on_and_remembers(client: Client) -> None:
    first = push(client, "One.", labels=["staging", "git:4f2a91c"])
    assert first.status_code == 201
    assert first.json()["labels"] == ["git:4f2a91c", "staging"]
    second = push(client, "Two.", labels=["staging"]).json()
    assert second["labels"] == ["staging"]
    assert client.get(f"{URL}/labels/staging/").json()["number"] == second["number"]
    listed = client.get(f"{URL}/releases/").json()["data"]
    assert [row["labels"] for row in listed] == [["staging"], ["git:4f2a91c"], []]
    history = client.get(f"{URL}/labels/staging/history/").json()["data"]
    assert [(row["release"], row["until"] is None) for row in history] == [(3, True), (2, False)]
    moved = AuditEntry.objects.filter(action="label.put").order_by("-id").first()
    assert moved and (moved.subject, moved.detail) == (
        "release 3 of bot: staging",
        "from release 2",
    )


def test_a_label_is_put_moved_and_taken_over_rest(client: Client) -> None:
    push(client, "Two.")
    for number in (1, 2, 2):
        answer = client.put(f"{URL}/labels/eu/", {"release": number}, "application/json")
        assert (answer.status_code, answer.json()["release"]) == (200, number)
    assert Label.objects.count() == 2
    assert [row["name"] for row in client.get(f"{URL}/labels/").json()["data"]] == ["eu"]
    assert client.delete(f"{URL}/labels/eu/").status_code == 204
    assert client.delete(f"{URL}/labels/eu/").status_code == 404
    assert client.get(f"{URL}/labels/eu/").status_code == 404
    assert client.get(f"{URL}/labels/eu/history/").json()["data"][0]["release"] == 2


@pytest.mark.parametrize("name", ["live", "LIVE", "newest", "draft", "12", "a b", "-a", "x" * 101])
def test_a_name_that_means_something_else_is_refused_and_nothing_is_made(
    client: Client, agent: Agent, name: str
) -> None:
    answer = push(client, "Two.", labels=[name])
    assert answer.status_code == 422
    assert agent.releases.count() == 1


def test_live_and_newest_are_read_as_labels_are(client: Client) -> None:
    push(client, "Two.")
    assert client.get(f"{URL}/labels/live/").json()["number"] == 1
    assert client.get(f"{URL}/labels/newest/").json()["number"] == 2
    refused = client.put(f"{URL}/labels/live/", {"release": 2}, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_label")


def test_labels_of_two_agents_do_not_meet(client: Client) -> None:
    other = make_agent(make_workspace("other"))
    make_live_release(other)
    theirs = make_client(make_key(other.workspace))
    theirs.put(f"{URL}/labels/eu/", {"release": 1}, "application/json")
    assert client.get(f"{URL}/labels/eu/").status_code == 404
    assert client.put(f"{URL}/labels/eu/", {"release": 7}, "application/json").status_code == 404


def test_a_push_from_a_parent_that_is_no_longer_the_newest_is_refused(client: Client) -> None:
    assert push(client, "Two.", parent=1).json()["parent"] == 1
    refused = push(client, "Three.", parent=1, labels=["staging"])
    assert refused.status_code == 409
    problem = refused.json()
    assert (problem["code"], problem["newest"]) == ("parent_is_not_newest", 2)
    assert not Label.objects.exists()
    assert push(client, "Three.", parent=2).json()["parent"] == 2
    # Content that is there already is no new draft: nothing is lost, whatever its parent.
    assert push(client, "Two.", parent=1).status_code == 200
    assert push(client, "Four.", parent=9).json()["code"] == "no_such_parent"


def test_the_same_push_with_one_idempotency_key_is_done_once(client: Client, agent: Agent) -> None:
    sent = {"prompt": "Two.", "labels": ["staging"], "parent": 1}
    for _ in range(2):
        answer = client.post(
            f"{URL}/releases/", sent, "application/json", headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code == 201
    assert answer.headers["Idempotent-Replay"] == "true"
    assert agent.releases.count() == 2
