"""A POST sent twice with one Idempotency-Key is done once."""

from typing import Any

import pytest
from django.test import Client

from context.models import Agent, Release
from tests.make import make_agent, make_client, make_key

pytestmark = pytest.mark.django_db
BODY: dict[str, Any] = {"prompt": "Be kind.", "documents": []}


@pytest.fixture
def agent() -> Agent:
    return make_agent()


@pytest.fixture
def client(agent: Agent) -> Client:
    return make_client(make_key(agent.workspace))


def push(client: Client, body: dict[str, Any], key: str) -> Any:
    return client.post(
        "/api/v1/agents/bot/releases/",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": key},
    )


def test_the_repeat_gets_the_first_answer(client: Client) -> None:
    first, again = push(client, BODY, "k1"), push(client, BODY, "k1")
    assert first.status_code == 201
    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replay"] == "true"
    assert Release.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(client: Client) -> None:
    push(client, BODY, "k1")
    other = push(client, BODY | {"prompt": "Be brief."}, "k1")
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency_key_reused"


def test_a_refused_request_may_be_sent_again_corrected(client: Client) -> None:
    assert push(client, {"prompt": 7}, "k1").status_code == 422
    assert push(client, BODY, "k1").status_code == 201
