"""Releases over REST: push, submit, check, publish, roll back; refusals say what is missing."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry
from context.models import Release
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
    make_workspace,
)

pytestmark = pytest.mark.django_db
RELEASES = "/api/v1/agents/bot/releases/"
BODY: dict[str, Any] = {
    "prompt": "Answer from the documents.",
    "settings": {"temperature": 0.2, "greeting": "Hi"},
    "documents": [
        {"slug": "returns", "title": "Returns", "body": "30 days.", "required_facts": ["order"]}
    ],
    "note": "First",
}


@pytest.fixture
def client() -> Client:
    """A client with a key made by an admin, on an agent whose releases need a regression check."""
    agent = make_agent()
    return make_client(make_key(agent.workspace, by=make_member(agent.workspace)))


def post(client: Client, path: str, body: Any = None, **headers: str) -> Any:
    """POST JSON below releases/."""
    data = {} if body is None else body
    return client.post(RELEASES + path, data, "application/json", headers=headers)


def test_a_push_makes_a_draft_with_its_content(client: Client) -> None:
    answer = post(client, "", BODY)
    assert answer.status_code == 201
    row = answer.json()
    assert (row["number"], row["status"], row["note"]) == (1, "draft", "First")
    assert (row["created_by"], row["missing_checks"]) == ("ada", ["regression"])
    unknown = {"owner": None, "expires_on": None, "source": None}
    assert row["documents"] == [BODY["documents"][0] | {"topic": ""} | unknown]
    assert client.get(f"{RELEASES}1/").json() == row


def test_the_same_push_again_is_the_same_release(client: Client) -> None:
    first = post(client, "", BODY).json()
    again = post(client, "", BODY | {"note": "Another note"})
    assert again.status_code == 200
    assert again.json() == first
    assert Release.objects.count() == 1


def test_a_push_repeated_with_its_key_is_answered_alike(client: Client) -> None:
    first = post(client, "", BODY, **{"Idempotency-Key": "k1"})
    again = post(client, "", BODY, **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": "a\0b"}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"extra": 1}, "extra"),
        ({"settings": {"temperature": 3}}, "settings"),
        ({"settings": {"model": 7}}, "settings"),
        ({"settings": {"a": [{"b": "x\0"}]}}, "settings.a.0.b"),
        ({"documents": [{"slug": "a b", "title": "t", "body": "b"}]}, "documents.0.slug"),
        ({"documents": [{"slug": "a", "title": "t", "body": ""}]}, "documents.0.body"),
        ({"documents": [{"slug": "a", "title": "t", "body": "b"}] * 2}, "body"),
        ({"documents": {}}, "documents"),
    ],
)
def test_a_bad_push_names_the_field_and_changes_nothing(
    client: Client, change: dict[str, Any], field: str
) -> None:
    answer = post(client, "", BODY | change)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
    assert not Release.objects.exists()


@pytest.mark.parametrize("body", ["[]", '"text"', "null", "{", '{"prompt": NaN}'])
def test_what_is_no_object_is_a_client_error(client: Client, body: str) -> None:
    answer = client.post(RELEASES, body, "application/json")
    assert 400 <= answer.status_code < 500


def test_a_release_goes_live_once_its_check_has_passed(client: Client) -> None:
    post(client, "", BODY)
    assert post(client, "1/submit/").json()["status"] == "candidate"
    refused = post(client, "1/publish/")
    assert refused.status_code == 409
    problem = refused.json()
    assert (problem["code"], problem["missing"]) == ("checks_missing", ["regression"])
    assert problem["errors"] == [{"field": "regression", "message": "not run"}]
    check = {"name": "regression", "status": "passed", "summary": "60 of 60", "numbers": {"n": 60}}
    assert post(client, "1/checks/", check).status_code == 201
    assert client.get(f"{RELEASES}1/checks/").json()["data"][0]["numbers"] == {"n": 60}
    live = post(client, "1/publish/").json()
    assert (live["status"], live["published_by"], live["missing_checks"]) == ("live", "ada", [])


def test_a_draft_is_discarded_and_brought_back(client: Client) -> None:
    post(client, "", BODY)
    gone = post(client, "1/discard/", {"reason": "Written twice"}).json()
    assert (gone["status"], gone["decision_reason"]) == ("discarded", "Written twice")
    assert gone["prompt"], "nothing of it is lost"
    assert post(client, "1/submit/").json()["code"] == "wrong_status"
    assert (
        post(
            client, "1/checks/", {"name": "regression", "status": "passed", "summary": "ok"}
        ).json()["code"]
        == "wrong_status"
    )
    back = post(client, "1/bring-back/").json()
    assert (back["status"], back["decision_reason"]) == ("draft", "")


def test_every_step_is_on_record_with_its_key(client: Client) -> None:
    post(client, "", BODY)
    post(client, "1/submit/")
    post(client, "1/reject/", {"reason": "Too early"})
    actions = AuditEntry.objects.order_by("id").exclude(api_key=None)
    expected = ["release.drafted", "release.submitted", "release.rejected"]
    assert [entry.action for entry in actions if entry.user] == expected


def test_a_rejection_needs_a_reason(client: Client) -> None:
    post(client, "", BODY)
    post(client, "1/submit/")
    answer = post(client, "1/reject/", {"reason": ""})
    assert answer.json()["errors"][0]["field"] == "reason"


def test_an_admins_key_may_override_and_anothers_may_not() -> None:
    agent = make_agent()
    admin = make_client(make_key(agent.workspace, by=make_member(agent.workspace, "ada")))
    manager = make_member(agent.workspace, "max", role="manager")
    weaker = make_client(make_key(agent.workspace, by=manager))
    post(admin, "", BODY)
    post(admin, "1/submit/")
    refused = post(weaker, "1/publish/", {"override_reason": "Now"})
    assert (refused.status_code, refused.json()["code"]) == (403, "admin_needed")
    assert post(admin, "1/publish/", {"override_reason": "Now"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("1/submit/", "wrong_status"),
        ("1/publish/", "wrong_status"),
        ("1/discard/", "wrong_status"),
        ("1/bring-back/", "wrong_status"),
        ("1/rollback/", "wrong_status"),
        ("live/rollback/", "no_earlier_release"),
    ],
)
def test_a_step_from_the_wrong_status_is_a_conflict(path: str, code: str) -> None:
    agent = make_agent()
    make_live_release(agent)
    answer = post(make_client(make_key(agent.workspace)), path)
    assert (answer.status_code, answer.json()["code"]) == (409, code)


def test_rolling_back_makes_an_older_release_live_again(client: Client) -> None:
    agent = make_agent(make_workspace("acme-2"), required_checks="")
    client = make_client(make_key(agent.workspace))
    for prompt in ("One", "Two", "Three"):
        number = post(client, "", BODY | {"prompt": prompt}).json()["number"]
        post(client, f"{number}/submit/")
        post(client, f"{number}/publish/")
    assert post(client, "live/rollback/", {"reason": "Worse"}).json()["number"] == 2
    assert post(client, "1/rollback/").json()["status"] == "live"
    assert client.get(f"{RELEASES}live/").json()["number"] == 1


def test_the_list_pages_and_filters(client: Client) -> None:
    for n in range(5):
        post(client, "", BODY | {"prompt": f"Prompt {n}"})
    post(client, "2/submit/")
    first = client.get(f"{RELEASES}?limit=2").json()
    assert [row["number"] for row in first["data"]] == [5, 4]
    second = client.get(f"{RELEASES}?limit=2&cursor={first['next_cursor']}").json()
    assert [row["number"] for row in second["data"]] == [3, 2]
    only = client.get(f"{RELEASES}?status=candidate").json()["data"]
    assert [row["number"] for row in only] == [2]
    assert client.get(f"{RELEASES}?status=odd").status_code == 422


def test_a_diff_shows_what_changed_word_by_word(client: Client) -> None:
    post(client, "", BODY)
    changed = BODY["documents"][0] | {"body": "60 days.", "topic": "returns"}
    added = {"slug": "washing", "title": "Washing", "body": "Cold."}
    settings = {"greeting": "Hello", "temperature": 0.2}
    post(client, "", BODY | {"documents": [changed, added], "settings": settings})
    diff = client.get(f"{RELEASES}1/diff/2/").json()
    assert (diff["before"], diff["after"], diff["prompt"]) == (1, 2, [])
    assert diff["settings"] == [{"name": "greeting", "before": "Hi", "after": "Hello"}]
    returns, washing = diff["documents"]
    assert returns["body"] == [
        {"operation": "removed", "text": "30"},
        {"operation": "added", "text": "60"},
        {"operation": "same", "text": " days."},
    ]
    assert returns["fields"] == [{"name": "topic", "before": "", "after": "returns"}]
    assert (washing["slug"], washing["kind"]) == ("washing", "added")


def test_checks_take_only_addresses_a_page_may_link(client: Client) -> None:
    post(client, "", BODY)
    post(client, "1/submit/")
    check = {"name": "ci", "status": "passed", "url": "javascript:alert(1)"}
    answer = post(client, "1/checks/", check)
    assert answer.json()["errors"][0]["field"] == "url"
    assert post(client, "1/checks/", check | {"url": "https://ci.example/7"}).status_code == 201


def test_a_release_answers_a_conversation() -> None:
    agent = make_agent()
    make_live_release(agent, make_content(RETURNS, WASHING))
    client = make_client(make_key(agent.workspace, "ingest"))
    messages = [{"author": "customer", "text": "How do I wash my down jacket?"}]
    answer = post(client, "1/respond/", {"messages": messages})
    assert answer.status_code == 200
    row = answer.json()
    assert (row["action"], row["sources"], row["model"]) == ("answer", ["washing"], "local-1")
    assert "30 degrees" in row["reply"]


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ([], "messages"),
        ([{"author": "ai", "text": "Hi"}], "body"),
        ([{"author": "robot", "text": "Hi"}], "messages.0.author"),
    ],
)
def test_there_must_be_something_to_answer(client: Client, messages: list[Any], field: str) -> None:
    post(client, "", BODY)
    answer = post(client, "1/respond/", {"messages": messages})
    assert answer.json()["errors"][0]["field"] == field


def test_a_model_without_a_price_is_not_asked(client: Client) -> None:
    post(client, "", BODY | {"settings": {"model": "unheard-of"}})
    messages = [{"author": "customer", "text": "Hi"}]
    answer = post(client, "1/respond/", {"messages": messages})
    assert (answer.status_code, answer.json()["code"]) == (409, "unknown_price")


def test_an_exhausted_budget_answers_nobody() -> None:
    agent = make_agent(daily_budget_usd=0)
    make_live_release(agent, make_content(RETURNS, model="gpt-5-mini"))
    messages = [{"author": "customer", "text": "Hi"}]
    client = make_client(make_key(agent.workspace))
    answer = post(client, "1/respond/", {"messages": messages})
    assert (answer.status_code, answer.json()["code"]) == (409, "over_budget")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("post", "", "read"),
        ("post", "1/submit/", "read"),
        ("post", "1/publish/", "ingest"),
        ("post", "1/discard/", "review"),
        ("post", "1/bring-back/", "read"),
        ("post", "1/respond/", "read"),
        ("get", "", "ingest"),
        ("get", "live/", "review"),
    ],
)
def test_a_key_does_only_what_its_scopes_allow(method: str, path: str, scope: str) -> None:
    agent = make_agent()
    client = make_client(make_key(agent.workspace, scope))
    answer = getattr(client, method)(RELEASES + path, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


@pytest.mark.parametrize(
    "path", ["1/", "live/", "1/diff/1/", "1/impact/", "1/checks/", "99999999999999999999/"]
)
def test_another_workspaces_release_does_not_exist(path: str) -> None:
    make_live_release(make_agent())
    stranger = make_client(make_key(make_workspace("elsewhere")))
    assert stranger.get(RELEASES + path).status_code == 404


def test_a_release_of_the_same_number_of_another_agent_is_not_mixed_up() -> None:
    agent = make_agent()
    make_live_release(agent, make_content(RETURNS))
    other = make_agent(agent.workspace, slug="other")
    foreign = make_live_release(other, make_content(WASHING), at=NOW)
    client = make_client(make_key(agent.workspace))
    slugs = [row["slug"] for row in client.get(f"{RELEASES}1/").json()["documents"]]
    assert slugs == ["returns"]
    assert content_of(foreign).documents == (WASHING,)
