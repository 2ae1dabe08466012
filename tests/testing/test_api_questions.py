"""New questions over REST: read, searched for, decided about, taken back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from context.models import Agent
from conversations.ingest import ingest
from testing.models import Case, QuestionCluster
from testing.questions.discovery import discover
from testing.tasks import find_questions
from tests.make import (
    make_agent,
    make_chat,
    make_client,
    make_key,
    make_live_release,
    make_workspace,
)

pytestmark = pytest.mark.django_db
BASE = "/api/v1/agents/bot/questions/"
MONDAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent, at=NOW - timedelta(days=60))
    for name, question in (("g", "How long is a gift card valid?"), ("z", "Do you repair zips?")):
        chats = [make_chat(f"{name}-{n}", ("customer", question)) for n in range(3)]
        ingest(agent, chats, now=NOW)
    return agent


@pytest.fixture
def api(agent: Agent) -> Client:
    return make_client(make_key(agent.workspace))


def post(client: Client, path: str, body: Any = None, status: int = 200) -> Any:
    response = client.post(BASE + path, body or {}, content_type="application/json")
    assert response.status_code == status, response.content
    return response.json()


def test_a_search_is_started_and_its_clusters_are_listed(api: Client) -> None:
    assert api.get(BASE + "discovery/").status_code == 404
    started = post(api, "discovery/", {"week": "2026-W47"}, status=202)
    assert (started["state"], started["week"]) == ("pending", "2026-W47")
    find_questions()
    done = api.get(BASE + "discovery/").json()
    assert (done["state"], done["questions"], done["covered"], done["alone"]) == ("done", 6, 0, 0)
    listed = api.get(BASE, {"status": "open"}).json()["data"]
    assert [one["volume"] for one in listed] == [3, 3]
    assert all(one["week"] == "2026-W47" and len(one["examples"]) == 3 for one in listed)


def test_decisions_and_taking_them_back(agent: Agent, api: Client) -> None:
    gift, zips = sorted(discover(agent, MONDAY, NOW), key=lambda one: one.name, reverse=True)
    made = post(api, f"{gift.pk}/add/")
    assert made["cluster"]["status"] == "added"
    assert [case["status"] for case in made["cases"]] == ["draft"]
    assert post(api, f"{gift.pk}/add/", status=409)["code"] == "refused"
    assert post(api, f"{gift.pk}/undo/")["cluster"]["status"] == "open"
    assert Case.objects.get().status == "retired"
    assert post(api, f"{zips.pk}/merge/", {"into": gift.pk})["cluster"]["merged_into"] == gift.pk
    renamed = api.patch(
        f"{BASE}{gift.pk}/", {"name": "Gift cards"}, content_type="application/json"
    )
    assert renamed.json()["name"] == "Gift cards" and renamed.json()["volume"] == 6
    assert post(api, f"{gift.pk}/dismiss/")["cluster"]["status"] == "dismissed"


def test_bad_input_names_the_field_and_changes_nothing(agent: Agent, api: Client) -> None:
    [gift, _] = discover(agent, MONDAY, NOW)
    for body in ({"week": "2026-W60"}, {"week": "soon"}, {"monday": 1}):
        answer = post(api, "discovery/", body, status=422)
        assert answer["errors"][0]["field"] in ("week", "monday")
    assert api.get(BASE, {"status": "lost"}).status_code == 422
    assert post(api, f"{gift.pk}/merge/", {"into": 10**6}, status=404)
    assert post(api, "discovery/", {"week": "2099-W01"}, status=409)["code"] == "refused"
    assert QuestionCluster.objects.open().count() == 2


def test_another_workspaces_key_finds_no_cluster(agent: Agent) -> None:
    [gift, _] = discover(agent, MONDAY, NOW)
    other = make_agent(make_workspace("other"))
    stranger = make_client(make_key(other.workspace))
    assert stranger.get(f"{BASE}{gift.pk}/").status_code == 404


def test_a_page_of_clusters_costs_few_queries(
    agent: Agent, api: Client, django_assert_max_num_queries: Any
) -> None:
    discover(agent, MONDAY, NOW)
    api.get(BASE)
    with django_assert_max_num_queries(6):
        api.get(BASE)
