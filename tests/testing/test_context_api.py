"""A context test and contradictions over REST."""

from dataclasses import replace

import pytest
from django.test import Client

from context.models import Agent
from testing.context_suite.work import draft_context_cases
from testing.models import Contradiction
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_client,
    make_content,
    make_key,
    make_live_release,
    make_workspace,
)

pytestmark = pytest.mark.django_db

REFUNDS = replace(RETURNS, slug="refunds", title="Refunds", body=RETURNS.body.replace("30", "14"))
ROOT = "/api/v1/agents/bot"


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent)
    return agent


@pytest.fixture
def api(agent: Agent) -> Client:
    return make_client(make_key(agent.workspace))


def test_a_test_is_prepared_and_read(agent: Agent, api: Client) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    before = api.get(f"{ROOT}/releases/2/context/").json()
    assert (before["progress"], before["sentence"]) == (None, "Not tested yet.")
    started = api.post(f"{ROOT}/releases/2/context/")
    assert started.status_code == 202 and started.json()["progress"]["total"] == 2
    draft_context_cases(candidate, NOW)  # what the worker does
    read = api.get(f"{ROOT}/releases/2/context/").json()
    assert (read["release"], read["baseline"], read["run"]) == (2, 1, None)
    assert read["next_step"] == "Approve, edit or retire 1 draft."
    [change] = read["changes"]
    assert (change["kind"], change["name"], change["verdict"]) == ("added", "washing", "not tested")
    assert [case["verdict"] for case in change["cases"]] == ["draft"]


def test_a_draft_release_has_no_context_test(agent: Agent, api: Client) -> None:
    candidate = make_candidate(agent, make_content(WASHING))
    agent.releases.filter(pk=candidate.pk).update(status="draft")
    assert api.get(f"{ROOT}/releases/2/context/").status_code == 409
    assert api.get(f"{ROOT}/releases/9/context/").status_code == 404


def test_contradictions_are_listed_dismissed_and_taken_back(agent: Agent, api: Client) -> None:
    draft_context_cases(make_candidate(agent, make_content(RETURNS, REFUNDS)), NOW)
    [row] = api.get(f"{ROOT}/contradictions/?status=open").json()["data"]
    assert (row["kind"], row["first_slug"], row["second_slug"]) == ("number", "refunds", "returns")
    address = f"{ROOT}/contradictions/{row['id']}"
    wrong = api.post(f"{address}/dismiss/", {"reason": ""}, "application/json")
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["field"] == "reason"
    done = api.post(f"{address}/dismiss/", {"reason": "In the shop."}, "application/json").json()
    assert (done["status"], done["decision_reason"]) == ("dismissed", "In the shop.")
    again = api.post(f"{address}/dismiss/", {"reason": "In the shop."}, "application/json")
    assert again.status_code == 409 and again.json()["code"] == "refused"
    assert api.get(f"{ROOT}/contradictions/?status=open").json()["data"] == []
    assert api.post(f"{address}/reopen/").json()["status"] == "open"
    assert api.get(f"{ROOT}/contradictions/?status=odd").status_code == 422


def test_another_workspace_sees_none_of_it(agent: Agent) -> None:
    draft_context_cases(make_candidate(agent, make_content(RETURNS, REFUNDS)), NOW)
    row = Contradiction.objects.get()
    other = make_workspace("other")
    make_agent(other, "bot")
    stranger = make_client(make_key(other))
    assert stranger.get(f"{ROOT}/contradictions/").json()["data"] == []
    assert stranger.post(f"{ROOT}/contradictions/{row.pk}/reopen/").status_code == 404
    assert stranger.get(f"{ROOT}/releases/2/context/").status_code == 404
