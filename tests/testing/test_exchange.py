"""Cases go out and come in as JSONL; the same file twice changes nothing."""

import json

import pytest

from context.models import Agent
from testing.exchange import export_jsonl, import_jsonl, put_case
from testing.models import Case
from testing.runner import start_run
from testing.schema import CaseIn
from testing.suites import suite_of
from tests.make import NOW, make_agent, make_case, make_live_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_agent()


def test_what_is_exported_comes_in_again_as_it_was(agent: Agent) -> None:
    case = make_case(
        agent,
        "Where is my order?",
        turns=[{"author": "customer", "text": "Where is it?\nOrder 1042"}],
        expected_action="answer",
        must_not=["lost"],
        tags=["shipping"],
        critical=True,
    )
    make_case(agent, "Draft", status="draft")
    make_case(agent, "Gone").retire(NOW)
    lines = list(export_jsonl(case.suite))
    assert len(lines) == 2
    other = suite_of(agent, "questions", NOW)
    assert [one.status for one in import_jsonl(other, lines, NOW)] == ["created", "created"]
    copy = other.cases.get(key=case.key)
    assert copy.content() == case.content() and copy.status == "approved"
    assert [one.status for one in import_jsonl(other, lines, NOW)] == ["unchanged", "unchanged"]
    assert other.cases.count() == 2


def test_good_lines_are_kept_and_bad_ones_named(agent: Agent) -> None:
    suite = suite_of(agent, "regression", NOW)
    lines = [
        json.dumps({"question": "Good?", "rubric": "polite"}),
        "not json",
        "",
        json.dumps({"question": "", "typo": 1}),
        json.dumps({"question": "Nothing expected?", "status": "approved"}),
        json.dumps({"question": "q", "turns": [{"author": "ai", "text": "Hello"}]}),
    ]
    brought = import_jsonl(suite, lines, NOW)
    assert [(one.index, one.status) for one in brought] == [
        (0, "created"),
        (1, "error"),
        (3, "error"),
        (4, "error"),
        (5, "error"),
    ]
    assert {fault["field"] for fault in brought[2].errors} == {"question", "typo"}
    assert "expects nothing" in brought[3].errors[0]["message"]
    assert "customer's" in brought[4].errors[0]["message"]
    assert suite.cases.count() == 1


def test_another_content_under_a_key_changes_the_case(agent: Agent) -> None:
    case = make_case(agent, key="mine")
    start_run(case.suite, make_live_release(agent), at=NOW, trials=1)
    body = CaseIn(question="Other?", key="mine", rubric="short")
    changed, status = put_case(case.suite, body, NOW)
    assert status == "changed" and changed.pk != case.pk
    assert Case.objects.get(pk=case.pk).status == "retired"
    assert changed.status == "approved" and changed.expected_facts == []


def test_bringing_a_draft_as_approved_approves_it(agent: Agent) -> None:
    case = make_case(agent, "How?", key="mine", rubric="r", status="draft")
    body = CaseIn(question="How?", key="mine", rubric="r", status="approved")
    again, status = put_case(case.suite, body, NOW)
    assert (again.pk, again.status, status) == (case.pk, "approved", "changed")
