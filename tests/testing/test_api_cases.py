"""Cases over REST: found by filters, given an owner and a mark; suites changed and archived."""

from typing import Any

import pytest
from django.test import Client

from context.models import Agent
from testing.cases.suites import suite_of
from tests.make import NOW, make_agent, make_case, make_client, make_key, make_member

pytestmark = pytest.mark.django_db
BASE = "/api/v1/agents/bot/"


@pytest.fixture
def agent() -> Agent:
    return make_agent()


@pytest.fixture
def api(agent: Agent) -> Client:
    return make_client(make_key(agent.workspace))


def patch(client: Client, path: str, body: dict[str, Any], status: int = 200) -> Any:
    response = client.patch(BASE + path, body, content_type="application/json")
    assert response.status_code == status, response.content
    return response.json()


def test_cases_are_found_by_filters(api: Client, agent: Agent) -> None:
    ada = make_member(agent.workspace)
    tagged = make_case(agent, "Where is it?", tags=["größe", "x"], by=ada)
    make_case(agent, "Who?", topic="people", critical=True, kind="regression")
    suite = tagged.suite

    def found(query: str) -> list[str]:
        answer = api.get(f"{BASE}suites/{suite.pk}/cases/?{query}").json()
        return [case["question"] for case in answer["data"]]

    assert found("q=WHERE") == found("tag=größe") == found("owner=ada") == ["Where is it?"]
    assert found("topic=people") == found("mark=critical") == found("owner=-") == ["Who?"]
    assert found("tag=none") == found("kind=customer") == []
    assert found("mark=never&status=approved") == ["Where is it?", "Who?"]
    for query in ("mark=odd", "kind=odd", "status=odd"):
        problem = api.get(f"{BASE}suites/{suite.pk}/cases/?{query}")
        assert problem.status_code == 422
        assert problem.json()["errors"][0]["field"] == query.partition("=")[0]


def test_a_case_gets_an_owner_and_a_mark(api: Client, agent: Agent) -> None:
    make_member(agent.workspace)
    case = make_case(agent)
    path = f"cases/{case.pk}/"
    changed = patch(api, path, {"owner": "ada", "flaky_reason": "by turns", "tags": ["a"]})
    assert (changed["owner"], changed["flaky_reason"]) == ("ada", "by turns")
    assert (changed["tags"], changed["counts_in_gate"]) == (["a"], False)
    assert patch(api, path, {"owner": "eve"}, 422)["errors"][0]["field"] == "owner"
    assert "mend it" in patch(api, path, {"critical": True, "tags": []}, 409)["detail"]
    again = patch(api, path, {"owner": "", "flaky_reason": ""})
    assert (again["owner"], again["counts_in_gate"], again["tags"]) == (None, True, ["a"])


def test_a_suite_is_renamed_and_archived(api: Client, agent: Agent) -> None:
    body = {"kind": "regression", "name": "Own", "description": "Ours."}
    made = api.post(f"{BASE}suites/", body, content_type="application/json").json()
    assert made["description"] == "Ours."
    path = f"suites/{made['id']}/"
    changed = patch(api, path, {"name": "Top ten", "archived": True})
    assert changed["name"] == "Top ten" and changed["archived_at"]
    assert patch(api, path, {"archived": False})["archived_at"] is None
    assert api.get(BASE + path).json()["name"] == "Top ten"
    standard = suite_of(agent, "regression", NOW)
    problem = patch(api, f"suites/{standard.pk}/", {"archived": True, "name": "x"}, 409)
    assert "cannot be archived" in problem["detail"]
    assert api.get(f"{BASE}suites/{standard.pk}/").json()["name"] == "Regression"
