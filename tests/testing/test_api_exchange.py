"""Files of cases over REST."""

from typing import Any

import pytest
from django.test import Client

from context.models import Agent
from testing.cases.suites import suite_of
from testing.models import Case
from tests.make import NOW, make_agent, make_case, make_client, make_key

pytestmark = pytest.mark.django_db
BASE = "/api/v1/agents/bot/"
KINDS = {"jsonl": "application/x-ndjson", "csv": "text/csv", "yaml": "application/yaml"}


@pytest.fixture
def agent() -> Agent:
    return make_agent()


@pytest.fixture
def api(agent: Agent) -> Client:
    return make_client(make_key(agent.workspace))


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.parametrize("form", KINDS)
def test_a_file_that_is_taken_out_is_brought_in(api: Client, agent: Agent, form: str) -> None:
    case = make_case(agent)
    other = suite_of(agent, "questions", NOW)
    got = api.get(f"{BASE}suites/{case.suite_id}/cases.{form}", headers={"Accept": KINDS[form]})
    assert got.status_code == 200 and got["Content-Type"].startswith(KINDS[form])
    address, data = f"{BASE}suites/{other.pk}/cases.{form}", body_of(got)
    shown = api.post(f"{address}?dry_run=1", data, content_type=KINDS[form])
    assert shown.json()["batch"] is None and shown.json()["data"][0]["status"] == "created"
    assert not other.cases.exists()
    answer = api.post(address, data, content_type=KINDS[form])
    assert answer.status_code == 207
    [brought] = answer.json()["data"]
    assert (brought["status"], brought["key"]) == ("created", case.key)
    [again] = api.post(address, data, content_type=KINDS[form]).json()["data"]
    assert again["status"] == "unchanged"
    undone = api.post(f"{BASE}batches/{answer.json()['batch']}/undo/")
    assert undone.json() == {"undone": 1, "refusals": []}
    assert other.cases.get().status == "retired"


def test_promptfoo_tests_are_brought_in_and_say_what_is_left_out(api: Client, agent: Agent) -> None:
    suite = suite_of(agent, "regression", NOW)
    text = (
        "tests:\n- vars: {question: How?}\n  assert: [{type: is-json}, {type: contains, value: so}]"
    )
    answer = api.post(f"{BASE}suites/{suite.pk}/cases.promptfoo", text, content_type="text/yaml")
    [brought] = answer.json()["data"]
    assert brought["left_out"] == ["is-json: "] and brought["place"] == "line 2"
    assert Case.objects.get().expected_facts == ["so"]


def test_a_file_that_cannot_be_read_is_a_422(api: Client, agent: Agent) -> None:
    suite = suite_of(agent, "regression", NOW)
    answer = api.post(f"{BASE}suites/{suite.pk}/cases.csv", b"\xff", content_type="text/csv")
    assert answer.status_code == 422 and answer.json()["code"] == "unreadable_file"
    assert (
        api.post(f"{BASE}suites/{suite.pk}/cases.xls", b"", content_type="text/csv").status_code
        == 404
    )
    assert api.get(f"{BASE}suites/{suite.pk}/cases.promptfoo").status_code == 404
    reader = make_client(make_key(agent.workspace, "read"))
    assert (
        reader.post(
            f"{BASE}suites/{suite.pk}/cases.csv", b"question\n", content_type="text/csv"
        ).status_code
        == 403
    )
