"""Webhooks over REST: added, changed, resumed, read and sent again by a key with their scope."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import AuditEntry, IdempotentRequest
from context.models import Agent, Webhook
from context.webhooks.announcements import announce
from context.webhooks.signing import secret_of
from tests.make import NOW, make_agent, make_client, make_key, make_workspace
from tests.services.receiver import Receiver, running_receiver

pytestmark = pytest.mark.django_db
URL = "/api/v1/agents/bot/webhooks/"
HOOK = {"url": "https://hooks.example.com/in", "events": ["gate.failed", "release.published"]}


@pytest.fixture
def agent() -> Agent:
    """An agent nobody listens to yet."""
    return make_agent()


@pytest.fixture
def client(agent: Agent) -> Client:
    """A client with the scope of webhooks alone."""
    return make_client(make_key(agent.workspace, "webhooks"))


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A server on this machine, which this installation may send to."""
    settings.WEBHOOKS_ALLOW_HTTP = settings.WEBHOOKS_ALLOW_PRIVATE = True
    with running_receiver() as found:
        yield found


def add(client: Client, body: dict[str, Any] = HOOK, key: str = "") -> Any:
    """POST a webhook, with a key to repeat it by; the answer."""
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(URL, body, "application/json", headers=headers)


def test_a_webhook_is_added_with_its_secret_and_read_without(agent: Agent, client: Client) -> None:
    made = add(client)
    assert made.status_code == 201
    row = Webhook.objects.get()
    assert made.json()["secret"] == secret_of(row.salt)
    assert made.json()["events"] == ["release.published", "gate.failed"]
    [listed] = client.get(URL).json()["data"]
    one = client.get(f"{URL}{row.pk}/").json()
    assert listed == one and "secret" not in one
    assert (one["status"], one["url"]) == ("active", HOOK["url"])
    entry = AuditEntry.objects.get(action="webhook.added")
    assert entry.api_key is not None and entry.subject == HOOK["url"]


def test_a_repeated_post_adds_one_and_keeps_no_secret(agent: Agent, client: Client) -> None:
    first = add(client, key="k").json()
    again = add(client, key="k")
    assert again.headers["Idempotent-Replay"] == "true"
    assert "secret" not in again.json() and again.json()["id"] == first["id"]
    assert "whsec_" not in json.dumps(IdempotentRequest.objects.get().body)
    path = f"{URL}{first['id']}/renew/"
    renewed = client.post(path, headers={"Idempotency-Key": "r"}).json()
    assert renewed["secret"].startswith("whsec_") and renewed["secret"] != first["secret"]
    assert "secret" not in client.post(path, headers={"Idempotency-Key": "r"}).json()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "http://hooks.example.com/"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://user:pass@hooks.example.com/"}, "url"),
        (HOOK | {"events": ["sun.rose"]}, "events"),
        (HOOK | {"events": ["test"]}, "events"),
        (HOOK | {"events": []}, "events"),
        (HOOK | {"secret": "mine"}, "secret"),
    ],
)
def test_what_does_not_fit_names_the_field(
    client: Client, body: dict[str, Any], field: str
) -> None:
    answer = add(client, body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert not Webhook.objects.exists()


def test_all_events_are_told_unless_some_are_named(client: Client) -> None:
    found = add(client, {"url": HOOK["url"]}).json()["events"]
    assert {"figure.alert", "report.weekly", "queue.ready"} <= set(found)
    assert "test" not in found


def test_a_webhook_is_changed_paused_resumed_and_deleted(agent: Agent, client: Client) -> None:
    path = f"{URL}{add(client).json()['id']}/"

    def patch(**body: object) -> Any:
        return client.patch(path, body, "application/json").json()

    assert patch(events=["queue.ready"])["events"] == ["queue.ready"]
    assert patch(url="https://other.example.com/")["url"] == "https://other.example.com/"
    assert patch(status="paused")["status"] == "paused"
    Webhook.objects.update(status="disabled", status_reason="nothing was accepted for a day")
    assert client.get(path).json()["status_reason"] == "nothing was accepted for a day"
    assert patch(status="active")["status"] == "active"
    assert patch(status="disabled")["errors"][0]["field"] == "status"
    assert patch()["code"] == "invalid"
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == [
        *("webhook.added", "webhook.changed", "webhook.changed"),
        *("webhook.paused", "webhook.resumed", "webhook.deleted"),
    ]


@pytest.mark.django_db(transaction=True)
def test_messages_are_read_and_sent_again_with_their_id(
    agent: Agent, client: Client, receiver: Receiver
) -> None:
    path = f"{URL}{add(client, HOOK | {'url': receiver.url}).json()['id']}/"
    tested = client.post(f"{path}test/")
    assert (tested.status_code, tested.json()["event"]) == (202, "test")
    receiver.statuses = [500]
    announce(agent, "gate.failed", {"number": 7}, NOW)
    newest, _ = client.get(f"{path}deliveries/").json()["data"]
    assert (newest["event"], newest["state"], newest["attempts"]) == ("gate.failed", "pending", 1)
    one = f"{path}deliveries/{newest['id']}/"
    assert client.post(f"{one}again/").json()["code"] == "under_way"
    agent.webhooks.get().deliveries.filter(pk=newest["id"]).update(state="failed")
    [failed] = client.get(f"{path}deliveries/?state=failed").json()["data"]
    assert failed["id"] == newest["id"]
    assert client.post(f"{one}again/").status_code == 202
    found = client.get(one).json()
    assert found["state"] == "done" and found["message_id"] == newest["message_id"]
    assert [attempt["response_code"] for attempt in found["attempts_made"]] == [500, 200]
    assert json.loads(found["body"])["data"]["number"] == 7
    assert client.get(f"{path}deliveries/?state=lost").status_code == 422


@pytest.mark.parametrize("scope", ["read", "ingest", "releases", "review", "rules"])
def test_no_other_scope_reads_or_writes_them(agent: Agent, scope: str) -> None:
    other = make_client(make_key(agent.workspace, scope))
    assert other.get(URL).json()["code"] == "scope_missing"
    assert add(other).json()["code"] == "scope_missing"


def test_another_agents_webhook_does_not_exist(agent: Agent, client: Client) -> None:
    add(client)
    announce(agent, "gate.failed", {}, NOW)
    row = Webhook.objects.get()
    make_agent(agent.workspace, slug="other")
    elsewhere = URL.replace("bot", "other")
    message = row.deliveries.get().pk
    for path in (f"{row.pk}/", f"{row.pk}/deliveries/", f"{row.pk}/deliveries/{message}/"):
        assert client.get(URL + path).status_code == 200
        assert client.get(elsewhere + path).status_code == 404
    second = add(client, {"url": HOOK["url"]}).json()["id"]
    assert client.get(f"{URL}{second}/deliveries/{message}/").status_code == 404
    stranger = make_client(make_key(make_workspace("elsewhere")))
    assert stranger.get(f"{URL}{row.pk}/").status_code == 404
