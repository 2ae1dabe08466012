"""A rollout over REST and from the shell: start, pause, resume, raise, stop, promote."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from context.models import Agent, Rollout
from tests.make import (
    make_agent,
    make_candidate,
    make_client,
    make_content,
    make_key,
    make_live_release,
    make_rollout,
    make_workspace,
)

pytestmark = pytest.mark.django_db
RELEASES = "/api/v1/agents/bot/releases"


def make_shop() -> tuple[Agent, Client]:
    """An agent with a live release and a candidate, and a client."""
    agent = make_agent(required_checks="")
    make_live_release(agent)
    make_candidate(agent, make_content(prompt="New"))
    return agent, make_client(make_key(agent.workspace))


def post(client: Client, path: str, **body: Any) -> Any:
    """POST JSON."""
    return client.post(f"{RELEASES}/{path}", body, content_type="application/json")


def run(*arguments: Any, **options: Any) -> dict[str, Any]:
    """Run the command; its JSON."""
    out = StringIO()
    call_command("rollout", *arguments, agent="bot", json=True, stdout=out, **options)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_it_starts_and_is_shown() -> None:
    _, client = make_shop()
    assert client.get(f"{RELEASES}/2/rollout/").status_code == 404
    answer = post(client, "2/rollout/", share=20, days=14, reason="large change")
    assert answer.status_code == 201
    row = answer.json()
    assert (row["release"], row["baseline"], row["status"]) == (2, 1, "running")
    assert (row["share"], row["days"], row["reason"]) == (20, 14, "large change")
    assert row["guardrails"] == ["csat", "reopened", "ai_handover"]
    assert (row["figures"], row["looks"], row["split"]["p"]) == ([], [], 1)
    again = client.get(f"{RELEASES}/2/rollout/").json()
    assert again | {"done": 0} == row | {"done": 0}


@pytest.mark.parametrize(
    ("body", "field"), [({"share": 5}, "share"), ({"share": 51}, "share"), ({}, "share")]
)
def test_a_share_that_tells_nothing_is_refused_by_name(body: dict[str, int], field: str) -> None:
    _, client = make_shop()
    answer = post(client, "2/rollout/", **body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert not Rollout.objects.exists()


def test_refusals_have_codes() -> None:
    agent, client = make_shop()
    make_candidate(agent, make_content(prompt="Third"))
    assert post(client, "2/rollout/stop/").json()["code"] == "no_rollout"
    assert post(client, "2/rollout/promote/").json()["code"] == "no_rollout"
    post(client, "2/rollout/", share=20)
    assert post(client, "3/rollout/", share=20).json()["code"] == "rollout_open"
    assert post(client, "2/rollout/resume/").json()["code"] == "wrong_status"
    assert post(client, "2/rollout/raise/", share=10).json()["code"] == "share_not_raised"
    agent.required_checks = "regression"
    agent.save(update_fields=["required_checks"])
    answer = post(client, "2/rollout/promote/")
    assert (answer.status_code, answer.json()["missing"]) == (409, ["regression"])


def test_every_step_has_its_call() -> None:
    _, client = make_shop()
    post(client, "2/rollout/", share=20)
    assert post(client, "2/rollout/pause/", reason="a sale").json()["status"] == "paused"
    assert post(client, "2/rollout/resume/").json()["status"] == "running"
    larger = post(client, "2/rollout/raise/", share=50)
    assert (larger.status_code, larger.json()["share"]) == (201, 50)
    promoted = post(client, "2/rollout/promote/")
    assert promoted.json()["status"] == "live"
    assert client.get(f"{RELEASES}/2/rollout/").json()["status"] == "promoted"


def test_who_may_publish_may_roll_out() -> None:
    agent, _ = make_shop()
    reader = make_client(make_key(agent.workspace, "read", "ingest"))
    assert post(reader, "2/rollout/", share=20).status_code == 403
    stranger = make_client(make_key(make_agent(make_workspace("other")).workspace))
    assert post(stranger, "2/rollout/", share=20).status_code == 404


def test_the_release_of_the_customers_side_answers() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    client = make_client(make_key(agent.workspace))
    messages = [{"author": "customer", "text": "How do I return a jacket?"}]
    for customer in ("customer-1", "customer-2", "customer-3", ""):
        answer = post(client, "live/respond/", messages=messages, customer=customer)
        new = bool(customer) and rollout.arm_of(customer) == "new"
        assert answer.json()["release"] == (2 if new else 1)


def test_the_command_starts_raises_and_stops() -> None:
    agent, _ = make_shop()
    with pytest.raises(CommandError, match="Release 2 has no rollout"):
        run(2)
    for _ in range(2):
        assert run(2, share=20)["share"] == 20
    assert agent.rollouts.count() == 1
    assert run(2, share=40)["share"] == 40
    assert run(2, step="pause")["status"] == "paused"
    assert run(2, step="stop", reason="enough")["end_reason"] == "enough"
    with pytest.raises(CommandError, match="no open rollout"):
        run(2, step="promote")
    with pytest.raises(CommandError, match="from 10 to 50"):
        run(2, share=60)


def test_the_command_says_it_in_words() -> None:
    agent = make_agent(required_checks="")
    make_rollout(agent)
    out = StringIO()
    call_command("rollout", 2, agent="bot", stdout=out)
    assert out.getvalue().startswith("Release 2 beside release 1: running, 20 % of the customers")
