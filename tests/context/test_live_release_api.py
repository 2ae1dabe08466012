"""What a running agent polls: the live release with an ETag, in few queries and little time."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from context.drafts import create_draft
from context.lifecycle import rollback
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_client,
    make_content,
    make_key,
    make_live_release,
)

pytestmark = pytest.mark.django_db
LIVE = "/api/v1/agents/bot/releases/live/"


def poll(client: Client, etag: str = "") -> Any:
    """Ask as a running agent does."""
    return client.get(LIVE, headers={"If-None-Match": etag} if etag else {})


def test_it_gives_prompt_settings_and_documents() -> None:
    agent = make_agent()
    live = make_live_release(agent, make_content(RETURNS, WASHING, model="local-1"))
    answer = poll(make_client(make_key(agent.workspace, "read")))
    row = answer.json()
    assert (row["number"], row["content_hash"]) == (1, live.content_hash)
    assert (row["prompt"], row["settings"]) == (live.prompt, {"model": "local-1"})
    assert [document["slug"] for document in row["documents"]] == ["returns", "washing"]
    assert "stale-if-error" in answer["Cache-Control"]
    assert "no-cache" in answer["Cache-Control"]


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
        with django_assert_num_queries(3):  # key, agent, release: its content is kept in memory
            poll(client, known)
