"""What a running agent polls: the live release with an ETag, in few queries and little time."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from context.editing.drafts import create_draft
from context.releases.lifecycle import rollback
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_client,
    make_content,
    make_key,
    make_live_release,
    make_rollout,
)

pytestmark = pytest.mark.django_db
LIVE = "/api/v1/agents/bot/releases/live/"


def poll(client: Client, etag: str = "", customer: str = "") -> Any:
    """Ask as a running agent does."""
    asked = {"customer": customer} if customer else {}
    return client.get(LIVE, asked, headers={"If-None-Match": etag} if etag else {})


def test_it_gives_prompt_settings_and_documents() -> None:
    agent = make_agent()
    live = make_live_release(agent, make_content(RETURNS, WASHING, model="local-1"))
    answer = poll(make_client(make_key(agent.workspace, "read")))
    row = answer.json()
    assert (row["number"], row["content_hash"]) == (1, live.content_hash)
    assert (row["prompt"], row["settings"]) == (live.prompt, {"model": "local-1"})
    assert [document["slug"] for document in row["documents"]] == ["returns", "washing"]
    assert "stale-if-error" in answer["Cache-Control"]
    assert "max-age=0" in answer["Cache-Control"]


def test_what_is_known_already_is_not_sent_again() -> None:
    agent = make_agent()
    make_live_release(agent)
    client = make_client(make_key(agent.workspace))
    etag = poll(client)["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = poll(client, known)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert poll(client, '"other"').status_code == 200


def test_a_new_release_and_a_rollback_change_the_etag() -> None:
    agent = make_agent(required_checks="")
    make_live_release(agent)
    client = make_client(make_key(agent.workspace))
    seen = [poll(client)["ETag"]]
    new, _ = create_draft(agent, make_content(WASHING), at=NOW)
    new.submit(NOW)
    new.publish(NOW + timedelta(days=1))
    seen.append(poll(client, seen[-1])["ETag"])
    rollback(agent, NOW + timedelta(days=2))
    answer = poll(client, seen[-1])
    assert answer.json()["number"] == 1
    assert len({*seen, answer["ETag"]}) == 3


def test_without_a_live_release_it_is_not_found() -> None:
    agent = make_agent()
    create_draft(agent, make_content(), at=NOW)
    answer = poll(make_client(make_key(agent.workspace)))
    assert (answer.status_code, answer.json()["code"]) == (404, "no_live_release")


def test_it_takes_few_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    agent = make_agent()
    make_live_release(agent, make_content(RETURNS, WASHING))
    client = make_client(make_key(agent.workspace))
    etag = poll(client)["ETag"]
    for known in ("", etag):
        # Key, agent, rollout, release: its content is kept in memory.
        with django_assert_num_queries(4):
            poll(client, known)


def test_a_customer_gets_the_release_of_their_side_each_with_its_own_etag() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    client = make_client(make_key(agent.workspace))
    customers = [f"customer-{number}" for number in range(20)]
    answers = {customer: poll(client, customer=customer) for customer in customers}
    tags = {"new": set(), "live": set()}  # type: dict[str, set[str]]
    for customer, answer in answers.items():
        row, side = answer.json(), rollout.arm_of(customer)
        assert (row["arm"], row["number"]) == (side, 2 if side == "new" else 1)
        tags[row["arm"]].add(answer["ETag"])
        assert poll(client, answer["ETag"], customer).status_code == 304
    assert [len(tags["new"]), len(tags["live"])] == [1, 1]
    assert tags["new"] != tags["live"]


def test_an_agent_can_split_by_itself() -> None:
    agent = make_agent(required_checks="")
    client = make_client(make_key(agent.workspace))
    make_live_release(agent)
    assert (poll(client).json()["rollout"], poll(client).json()["arm"]) == (None, None)
    before = poll(client)["ETag"]
    rollout = make_rollout(agent, share=30)
    row = poll(client, before).json()
    assert row["rollout"] == {"release": 2, "share": 30, "salt": rollout.salt}
    assert (row["number"], row["arm"]) == (1, None)
    rollout.stop(NOW + timedelta(days=1), None)
    assert poll(client, before).status_code == 304


def test_a_reference_that_no_conversation_could_have_is_refused() -> None:
    agent = make_agent()
    make_live_release(agent)
    answer = poll(make_client(make_key(agent.workspace)), customer="c" * 201)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "customer")
