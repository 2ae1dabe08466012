"""Suites, cases, runs and the gate over REST."""

from typing import Any

import pytest
from django.test import Client

from context.models import Agent
from testing.cases.suites import suite_of
from testing.models import Case, Run, Suite
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_client,
    make_content,
    make_key,
    make_live_release,
    make_workspace,
)

pytestmark = pytest.mark.django_db
BASE = "/api/v1/agents/bot/"
CASE = {"question": "How do I return it?", "expected_facts": [RETURNS.body], "status": "approved"}


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent)
    return agent


@pytest.fixture
def api(agent: Agent) -> Client:
    return make_client(make_key(agent.workspace))


@pytest.fixture
def suite(agent: Agent) -> Suite:
    return suite_of(agent, "regression", NOW)


def post(client: Client, path: str, body: Any = None, status: int = 200, **kwargs: Any) -> Any:
    response = client.post(
        BASE + path, body if body is not None else {}, content_type="application/json", **kwargs
    )
    assert response.status_code == status, response.content
    return response.json()


def get(client: Client, path: str, status: int = 200) -> Any:
    response = client.get(BASE + path)
    assert response.status_code == status, response.content
    return response.json()


def test_suites_are_made_and_listed_with_their_counts(api: Client, agent: Agent) -> None:
    made = post(api, "suites/", {"kind": "regression", "name": "My own"}, 201)
    assert made["slug"] == "my-own"
    make_case(agent)
    make_case(agent, "Draft?", status="draft")
    own, regression = get(api, "suites/")["data"]
    assert own == made
    assert (regression["approved"], regression["drafts"], regression["last_run"]) == (1, 1, None)
    again = post(api, "suites/", {"kind": "context", "name": "My own"}, 409)
    assert again["code"] == "suite_exists"


def test_a_bad_suite_is_refused_by_field(api: Client) -> None:
    taken = {"kind": "questions", "name": "Mine", "slug": "regression"}
    assert "another kind" in post(api, "suites/", taken, 422)["errors"][0]["message"]
    problem = post(api, "suites/", {"kind": "nonsense", "nam": "x"}, 422)
    assert {fault["field"] for fault in problem["errors"]} == {"kind", "name", "nam"}
    assert post(api, "suites/", [1], 422)["code"] == "invalid"
    assert not Suite.objects.exists()


def test_a_case_is_created_once(api: Client, suite: Suite) -> None:
    made = post(api, f"suites/{suite.pk}/cases/", CASE, 201)
    assert made["status"] == "approved" and made["expected_facts"] == [RETURNS.body]
    assert post(api, f"suites/{suite.pk}/cases/", CASE, 200)["id"] == made["id"]
    assert get(api, f"cases/{made['id']}/") == made
    [listed] = get(api, f"suites/{suite.pk}/cases/?status=approved")["data"]
    assert listed == made
    assert get(api, f"suites/{suite.pk}/cases/?status=draft")["data"] == []
    assert get(api, f"suites/{suite.pk}/cases/?status=x", 422)["code"] == "invalid"


def test_a_list_of_cases_is_answered_one_by_one(api: Client, suite: Suite) -> None:
    answer = post(api, f"suites/{suite.pk}/cases/", [CASE, {"question": 5}, 7, CASE], 207)
    assert [one["status"] for one in answer["data"]] == ["created", "error", "error", "unchanged"]
    assert answer["data"][1]["errors"][0]["field"] == "question"
    assert post(api, f"suites/{suite.pk}/cases/", [CASE] * 1001, 413)["code"] == "too_many"
    assert suite.cases.count() == 1


def test_an_approved_case_that_expects_nothing_is_refused(api: Client, suite: Suite) -> None:
    body = {"question": "How?", "status": "approved"}
    assert post(api, f"suites/{suite.pk}/cases/", body, 409)["code"] == "refused"
    draft = post(api, f"suites/{suite.pk}/cases/", {"question": "How?"}, 201)
    assert "every answer" in post(api, f"cases/{draft['id']}/approve/", status=409)["detail"]


def test_a_case_is_changed_approved_and_retired(api: Client, suite: Suite) -> None:
    case = post(api, f"suites/{suite.pk}/cases/", {"question": "How?"}, 201)
    response = api.patch(
        f"{BASE}cases/{case['id']}/", {"rubric": "polite"}, content_type="application/json"
    )
    assert response.status_code == 200 and response.json()["rubric"] == "polite"
    assert response.json()["question"] == "How?"
    assert post(api, f"cases/{case['id']}/approve/")["status"] == "approved"
    assert post(api, f"cases/{case['id']}/retire/")["status"] == "retired"
    assert post(api, f"cases/{case['id']}/approve/", status=409)["code"] == "refused"


def test_a_run_is_accepted_with_its_progress_and_then_worked(
    api: Client, agent: Agent, suite: Suite, django_capture_on_commit_callbacks: Any
) -> None:
    make_case(agent)
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    with django_capture_on_commit_callbacks(execute=True):
        run = post(api, f"suites/{suite.pk}/runs/", {"release": candidate.number}, 202)
    assert run["progress"]["pending"] == run["progress"]["total"] == 6
    assert (run["release"], run["baseline"], run["state"]) == (2, 1, "running")
    done = get(api, f"runs/{run['id']}/")
    assert done["state"] == "done" and done["progress"]["done"] == 6
    assert done["comparison"]["candidate_rate"]["value"] == 1.0
    assert done["comparison"]["difference"]["n"] == 1
    results = get(api, f"runs/{run['id']}/results/?limit=4")
    assert len(results["data"]) == 4 and results["data"][0]["passed"] is True
    rest = get(api, f"runs/{run['id']}/results/?limit=4&cursor={results['next_cursor']}")
    assert len(rest["data"]) == 2 and rest["next_cursor"] is None
    assert [one["id"] for one in get(api, f"suites/{suite.pk}/runs/")["data"]] == [run["id"]]


def test_a_run_that_cannot_be_is_refused_with_a_reason(
    api: Client, agent: Agent, suite: Suite
) -> None:
    path = f"suites/{suite.pk}/runs/"
    assert post(api, path, {"release": 1}, 409)["code"] == "refused"
    make_case(agent)
    assert post(api, path, {"release": 99}, 422)["errors"][0]["field"] == "release"
    assert post(api, path, {"release": 1, "baseline": 9}, 422)["errors"][0]["field"] == "baseline"
    assert post(api, path, {"release": 1, "trials": 0}, 422)["errors"][0]["field"] == "trials"
    assert post(api, path, {"release": "1; drop"}, 422)["code"] == "invalid"
    assert not Run.objects.exists()


def test_a_repeated_start_with_one_key_is_one_run(api: Client, agent: Agent, suite: Suite) -> None:
    make_case(agent)
    headers = {"Idempotency-Key": "once"}
    first = post(api, f"suites/{suite.pk}/runs/", {"release": 1}, 202, headers=headers)
    again = post(api, f"suites/{suite.pk}/runs/", {"release": 1}, 202, headers=headers)
    assert first["id"] == again["id"] and Run.objects.count() == 1


def test_a_run_is_cancelled_resumed_and_retried(api: Client, agent: Agent, suite: Suite) -> None:
    make_case(agent)
    run = post(api, f"suites/{suite.pk}/runs/", {"release": 1}, 202)
    assert post(api, f"runs/{run['id']}/cancel/")["state"] == "cancelled"
    assert post(api, f"runs/{run['id']}/cancel/", status=409)["code"] == "refused"
    assert post(api, f"runs/{run['id']}/resume/", status=202)["state"] == "running"
    assert post(api, f"runs/{run['id']}/retry/", status=202)["progress"]["failed"] == 0


def test_a_pipeline_gates_a_release(
    api: Client, agent: Agent, django_capture_on_commit_callbacks: Any
) -> None:
    make_case(agent)
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    with django_capture_on_commit_callbacks(execute=True):
        first = post(api, f"releases/{candidate.number}/gate/", {"trials": 1}, 202)
    assert first["passed"] is False and first["running"]
    second = post(api, f"releases/{candidate.number}/gate/", None, 200)
    assert second["passed"] is True and second["running"] == []
    assert [check["name"] for check in second["checks"]] == ["questions", "context", "regression"]
    assert Run.objects.count() == 1


@pytest.mark.parametrize("path", ["suites/{suite}/cases/", "cases/{case}/", "runs/{run}/"])
def test_another_workspaces_objects_are_not_there(
    agent: Agent, api: Client, suite: Suite, path: str
) -> None:
    case = make_case(agent)
    run = post(api, f"suites/{suite.pk}/runs/", {"release": 1}, 202)
    stranger = make_agent(make_workspace("rival"))
    client = make_client(make_key(stranger.workspace))
    address = path.format(suite=suite.pk, case=case.pk, run=run["id"])
    assert get(client, address, 404)["code"] == "not_found"


def test_reading_needs_the_scope_read_and_writing_releases(agent: Agent, suite: Suite) -> None:
    reader = make_client(make_key(agent.workspace, "read"))
    assert get(reader, "suites/")["data"]
    assert post(reader, f"suites/{suite.pk}/cases/", CASE, 403)["code"] == "scope_missing"
    assert not Case.objects.exists()
