"""The pages show a conversation turn by turn, with its tools and what was not recorded."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from accounts.models import Role
from context.models import Agent
from testing.cases.suites import suite_of
from testing.models import Case, Run
from testing.runs.runner import start_run, work_results
from tests.make import (
    NOW,
    PASSWORD,
    RETURNS,
    make_agent,
    make_case,
    make_client,
    make_content,
    make_key,
    make_live_release,
    make_member,
)
from tests.testing.test_tools import RECORDING, TOOLS

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


def trial_of(agent: Agent, question: str, **fields: Any) -> tuple[Run, Case]:
    """A run of one scripted case whose customer asks for more, on a release with tools."""
    make_live_release(agent, make_content(RETURNS, tools=TOOLS))
    case = make_case(
        agent,
        question,
        kind_of_case="script",
        script=["How do I return an unworn jacket?"],
        recording=RECORDING,
        expected_facts=["Return it within 30 days."],
        **fields,
    )
    live = agent.live_release()
    assert live is not None
    run = start_run(suite_of(agent, "regression", NOW), live, at=NOW, trials=1)
    work_results(run, lambda: NOW)
    return run, case


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_member(agent.workspace, role=Role.MANAGER)
    return agent


@pytest.fixture
def client(agent: Agent) -> Client:
    client = Client()
    client.login(username="ada", password=PASSWORD)
    return client


def page_of(client: Client, agent: Agent, path: str) -> str:
    response = client.get(f"/{agent.workspace.slug}/{agent.slug}/{path}")
    assert response.status_code == 200
    return response.content.decode()


def test_a_trial_shows_what_was_said_and_looked_up(agent: Agent, client: Client) -> None:
    run, case = trial_of(agent, "What is the carrier of my order #W1001?")
    page = page_of(client, agent, f"tests/runs/{run.pk}/cases/{case.pk}/")
    order = ["get_order", "carrier is North Post", "How do I return an unworn"]
    places = [page.rindex(words) for words in order]
    assert places == sorted(places) and "outside the recording" not in page
    assert "all was answered" in page


def test_a_call_outside_the_recording_is_marked_on_the_trial_and_the_case(
    agent: Agent, client: Client
) -> None:
    run, case = trial_of(agent, "What is the carrier of my order #W2002?")
    page = page_of(client, agent, f"tests/runs/{run.pk}/cases/{case.pk}/")
    assert "1 outside the recording" in page
    shown = page_of(client, agent, f"tests/cases/{case.pk}/")
    assert "Called outside the recording" in shown and "#W2002" in shown


def test_a_trial_with_a_conversation_takes_as_many_queries_as_one_without(
    agent: Agent, client: Client, django_assert_max_num_queries: "DjangoAssertNumQueries"
) -> None:
    run, case = trial_of(agent, "What is the carrier of my order #W1001?")
    with django_assert_max_num_queries(12):
        page_of(client, agent, f"tests/runs/{run.pk}/cases/{case.pk}/")


def test_results_over_rest_hold_the_steps(agent: Agent) -> None:
    run, _ = trial_of(agent, "What is the carrier of my order #W2002?")
    client = make_client(make_key(agent.workspace))
    answer = client.get(f"/api/v1/agents/{agent.slug}/runs/{run.pk}/results/").json()
    [result] = answer["data"]
    assert [step["kind"] for step in result["steps"]][:1] == ["tools"]
    [call] = result["steps"][0]["calls"]
    assert call["name"] == "get_order" and "error" in json.loads(call["result"])
    assert result["calls_outside"] == 1 and result["ending"]
