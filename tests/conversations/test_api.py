"""Conversations, weekly figures and briefs over REST."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Role
from context.models import Agent
from conversations.briefs import work_briefs
from conversations.ingest import ingest
from conversations.models import Conversation, HandoverBrief
from tests.make import (
    NOW,
    make_agent,
    make_chat,
    make_client,
    make_key,
    make_live_release,
    make_member,
    make_workspace,
)

pytestmark = pytest.mark.django_db

URL = "/api/v1/agents/bot"


@pytest.fixture
def agent() -> Agent:
    """An agent with a reviewer, ada."""
    agent = make_agent()
    make_member(agent.workspace, "ada", Role.REVIEWER)
    return agent


@pytest.fixture
def client(agent: Agent) -> Client:
    """A client whose key may do everything in the agent's workspace."""
    return make_client(make_key(agent.workspace))


def post(client: Client, body: Any, **headers: str) -> Any:
    """POST conversations as JSON."""
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(
        f"{URL}/conversations/", content, content_type="application/json", headers=headers
    )


def test_one_conversation_is_created_then_unchanged_then_updated(client: Client) -> None:
    created = post(client, make_chat())
    assert (created.status_code, created.json()["status"]) == (201, "created")
    again = post(client, make_chat())
    assert (again.status_code, again.json()["status"]) == (200, "unchanged")
    updated = post(client, make_chat(topic="returns"))
    assert (updated.status_code, updated.json()["status"]) == (200, "updated")
    assert created.json()["id"] == again.json()["id"] == updated.json()["id"]


def test_a_list_is_answered_item_by_item(client: Client) -> None:
    payloads = [make_chat("a"), make_chat("b", opened_at=None), make_chat("c")]
    answer = post(client, payloads)
    assert answer.status_code == 207
    assert answer.json()["counts"] == {"created": 2, "error": 1}
    bad = answer.json()["data"][1]
    assert (bad["index"], bad["external_id"], bad["id"]) == (1, "b", None)
    assert bad["errors"][0]["field"] == "opened_at"


def test_a_bad_conversation_is_a_422_that_names_the_field(client: Client) -> None:
    answer = post(client, make_chat(csat={"score": 9}))
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid"
    assert answer.json()["errors"][0]["field"] == "csat.score"
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b'{"external_id": ',
        b"\xff\xfe",
        b'{"cost_usd": NaN}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"release": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_json_is_a_400(client: Client, body: bytes) -> None:
    answer = post(client, body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed"


def test_half_a_character_is_read_as_a_replacement(client: Client) -> None:
    body = json.dumps(make_chat("c-1", ("customer", "cut \ud83d here, whole \U0001f600")))
    assert post(client, body).status_code == 201
    text = Conversation.objects.get().messages.get().text
    assert text == "cut \ufffd here, whole \U0001f600"


def test_half_a_character_in_a_name_is_no_server_error(client: Client) -> None:
    answer = post(client, json.dumps([{"\ud83d": 1, "external_id": "\ud83d"}]))
    assert answer.json()["data"][0]["external_id"] == "\ufffd"


@pytest.mark.parametrize("body", ["", "null", "7", '"text"', "true", "{}", "[]"])
def test_json_that_is_no_conversation_is_a_422(client: Client, body: str) -> None:
    assert post(client, body).status_code == 422


def test_more_than_a_thousand_at_once_are_refused(client: Client) -> None:
    answer = post(client, [{}] * 1001)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body")


def test_five_megabytes_are_taken(client: Client) -> None:
    texts = [("customer", "word " * 160_000) for _ in range(7)]
    assert post(client, make_chat("c-1", *texts)).status_code == 201
    assert Conversation.objects.get().message_count == 7


def test_a_body_beyond_the_limit_is_a_413(client: Client, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
    answer = post(client, make_chat("c-1", ("customer", "x" * 5_000_000)))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert not Conversation.objects.exists()


def test_a_repeated_idempotency_key_gives_the_first_answer(client: Client) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = post(client, [make_chat()], **headers)
    second = post(client, [make_chat()], **headers)
    assert second.json() == first.json()
    assert second.json()["counts"] == {"created": 1}


def test_unknown_agents_and_those_of_others_are_404(client: Client) -> None:
    make_agent(make_workspace("other"), slug="theirs")
    for slug in ("unknown", "theirs"):
        answer = client.post(f"/api/v1/agents/{slug}/conversations/", "{}", "application/json")
        assert answer.status_code == 404


def test_another_workspaces_conversation_is_404(client: Client) -> None:
    theirs = make_agent(make_workspace("other"), slug="bot")
    ingest(theirs, [make_chat(tags=["ai_handover"])], now=NOW)
    key = Conversation.objects.get().pk
    for path in (f"conversations/{key}/", f"briefs/{key}/"):
        assert client.get(f"{URL}/{path}").status_code == 404
    assert client.get(f"{URL}/conversations/").json()["data"] == []


def test_a_key_needs_the_scope(agent: Agent) -> None:
    reader = make_client(make_key(agent.workspace, "read"))
    assert post(reader, make_chat()).json()["code"] == "scope_missing"
    writer = make_client(make_key(agent.workspace, "ingest"))
    assert writer.get(f"{URL}/conversations/").status_code == 403
    assert post(writer, make_chat()).status_code == 201


def test_a_conversation_is_shown_with_its_messages_and_why_it_ended(client: Client) -> None:
    payload = make_chat(tags=["ai_close"], closed_at="2026-11-17T10:30:00Z", cost_usd="0.25")
    key = post(client, payload).json()["id"]
    found = client.get(f"{URL}/conversations/{key}/").json()
    assert found["outcome"] == "ai_resolved"
    assert "nobody else wrote" in found["outcome_reason"]
    assert found["signals"]["ai_answered"] == "2026-11-17T10:01:00Z"
    assert found["signals"]["reopened"] is None
    assert [message["author"] for message in found["messages"]] == ["customer", "ai", "customer"]
    assert found["cost_usd"] == "0.250000"


def test_the_list_pages_by_cursor_newest_first(client: Client, agent: Agent) -> None:
    days = [make_chat(f"c-{day}", opened_at=f"2026-11-{day:02}T10:00:00Z") for day in range(1, 8)]
    ingest(agent, days, now=NOW)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(f"{URL}/conversations/?limit=3&cursor={cursor}").json()
        seen += [row["external_id"] for row in page["data"]]
        cursor = page["next_cursor"]
    assert seen == [f"c-{day}" for day in range(7, 0, -1)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"outcome": "ai_resolved"}, {"a"}),
        ({"topic": "returns"}, {"a"}),
        ({"channel": "email"}, {"b"}),
        ({"csat": "low"}, {"b"}),
        ({"csat": "5"}, {"a"}),
        ({"csat": "none"}, {"order-7"}),
        ({"q": "order"}, {"order-7"}),
        ({"q": "eve@example.com"}, {"b"}),
        ({"from": "2026-11-17", "to": "2026-11-17"}, {"a", "b"}),
        ({"warnings": "yes"}, {"order-7"}),
        ({"release": "3"}, set()),
        ({"q": "\0"}, {"a", "b", "order-7"}),
    ],
)
def test_the_list_is_filtered(
    client: Client, agent: Agent, query: dict[str, str], names: set[str]
) -> None:
    closed = {"tags": ["ai_close"], "closed_at": "2026-11-17T10:30:00Z"}
    odd = {"opened_at": "2026-11-16T10:00:00Z", "closed_at": "2026-11-15T10:00:00Z"}
    payloads = [
        make_chat("a", topic="returns", csat={"score": 5}, **closed),
        make_chat("b", channel="email", csat={"score": 1}, customer_ref="Eve@example.com"),
        make_chat("order-7", **odd),
    ]
    ingest(agent, payloads, now=NOW)
    found = client.get(f"{URL}/conversations/", query).json()["data"]
    assert {row["external_id"] for row in found} == names


@pytest.mark.parametrize(
    "query",
    [
        {"outcome": "won"},
        {"csat": "6"},
        {"release": "x"},
        {"release": "9" * 30},
        {"from": "soon"},
        {"warnings": "no"},
        {"cursor": "abc"},
        {"limit": "0"},
    ],
)
def test_a_filter_that_cannot_be_read_is_a_422(client: Client, query: dict[str, str]) -> None:
    answer = client.get(f"{URL}/conversations/", query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == next(iter(query))


def test_ids_beyond_every_table_are_404(client: Client) -> None:
    for path in ("conversations/", "briefs/"):
        assert client.get(f"{URL}/{path}{10**30}/").status_code == 404


def test_weekly_figures_have_value_n_and_interval(client: Client, agent: Agent) -> None:
    ingest(agent, [make_chat(f"c-{n}") for n in range(10)], now=NOW)
    answer = client.get(f"{URL}/metrics/weekly/", {"from": "2026-W46", "to": "2026-11-22"})
    before, week = answer.json()["data"]
    assert answer.json()["time_zone"] == "UTC"
    assert (before["week"], before["n"]) == ("2026-W46", 0)
    assert (week["week"], week["monday"], week["n"]) == ("2026-W47", "2026-11-16", 10)
    answered = week["figures"]["ai_answered"]
    assert (answered["value"], answered["n"], answered["high"]) == (1.0, 10, 1.0)
    assert 0.6 < answered["low"] < 0.8
    assert isinstance(week["provisional"], bool)


def test_without_dates_the_last_twelve_weeks_are_shown(client: Client) -> None:
    assert len(client.get(f"{URL}/metrics/weekly/").json()["data"]) == 12


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-W99"},
        {"to": "now"},
        {"from": "0001-W01"},
        {"from": "2026-W20", "to": "2026-W10"},
        {"from": "1990-01-01"},
        {"release": "x"},
        {"from": "9999-W52", "to": "9999-W52"},
    ],
)
def test_weeks_that_cannot_be_shown_are_a_422(client: Client, query: dict[str, str]) -> None:
    assert client.get(f"{URL}/metrics/weekly/", query).status_code == 422


def handed_over(agent: Agent) -> int:
    """The key of a conversation whose brief is to be written."""
    ingest(agent, [make_chat(tags=["ai_handover"])], now=NOW)
    return Conversation.objects.get().pk


def test_a_brief_is_shown_and_rated(client: Client, agent: Agent) -> None:
    make_live_release(agent)
    key = handed_over(agent)
    assert client.get(f"{URL}/briefs/{key}/").json()["state"] == "pending"
    work_briefs(agent, lambda: NOW)
    brief = client.get(f"{URL}/briefs/{key}/").json()
    assert (brief["state"], brief["conversation"], brief["rating"]) == ("done", key, "")
    body = {"rating": "incomplete", "note": "no order number", "reviewer": "ada"}
    rated = client.post(f"{URL}/briefs/{key}/rating/", body, "application/json")
    assert rated.status_code == 200
    assert (rated.json()["rating"], rated.json()["rated_by"]) == ("incomplete", "ada")
    assert HandoverBrief.objects.get().rating_note == "no order number"


def test_a_brief_that_is_not_written_cannot_be_rated(client: Client, agent: Agent) -> None:
    key = handed_over(agent)
    body = {"rating": "useful", "reviewer": "ada"}
    answer = client.post(f"{URL}/briefs/{key}/rating/", body, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "brief_not_written")


@pytest.mark.parametrize("body", [{"rating": "fine"}, {}, {"rating": "useful", "reviewer": "eve"}])
def test_a_bad_rating_changes_nothing(client: Client, agent: Agent, body: dict[str, str]) -> None:
    key = handed_over(agent)
    HandoverBrief.objects.update(state="done")
    answer = client.post(f"{URL}/briefs/{key}/rating/", body, "application/json")
    assert answer.status_code == 422
    assert HandoverBrief.objects.get().rating == ""


def test_the_schema_describes_every_call(client: Client) -> None:
    schema = client.get("/api/schema/?format=json").json()
    base = "/api/v1/agents/{agent}"
    body = schema["paths"][f"{base}/conversations/"]["post"]["requestBody"]
    assert "ConversationsIn" in json.dumps(body)
    assert "ConversationIn" in schema["components"]["schemas"]
    for path in ("conversations/{key}/", "metrics/weekly/", "briefs/{key}/"):
        assert f"{base}/{path}" in schema["paths"]
