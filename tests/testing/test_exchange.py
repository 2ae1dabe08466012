"""Cases come in as planned: created, changed, unchanged, or named with what is wrong."""

import pytest

from context.models import Agent
from testing.cases.changing import annotate_case
from testing.cases.suites import suite_of
from testing.exchange.bringing import bring, checked, plan, put_case, put_cases
from testing.exchange.entries import Entry
from testing.models import Case
from testing.refusals import Refused
from testing.runs.runner import start_run
from testing.schema import CaseIn
from tests.make import NOW, make_agent, make_case, make_live_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_agent()


def test_good_cases_are_kept_and_bad_ones_named(agent: Agent) -> None:
    suite = suite_of(agent, "regression", NOW)
    brought = put_cases(
        suite,
        [
            {"question": "Good?", "rubric": "polite"},
            "no case",
            {"question": "", "typo": 1},
            {"question": "Nothing expected?", "status": "approved"},
            {"question": "q", "turns": [{"author": "ai", "text": "Hello"}]},
        ],
        NOW,
    )
    assert [one.status for one in brought] == ["created", "error", "error", "error", "error"]
    assert {fault["field"] for fault in brought[2].errors} == {"question", "typo"}
    assert "expects nothing" in brought[3].errors[0]["message"]
    assert "customer's" in brought[4].errors[0]["message"]
    assert [one.entry.place for one in brought][:2] == ["item 1", "item 2"]
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


def test_a_plan_says_what_would_change_and_changes_nothing(agent: Agent) -> None:
    case = make_case(agent, key="mine", tags=["a"])
    bodies = [
        {"key": "mine", "status": "approved"} | case.content() | {"tags": ["b"], "rubric": "kind"},
        {"key": "new", "question": "New?"},
    ]
    entries = [checked(Entry("line 1", body), agent.workspace) for body in bodies]
    first, second = plan(case.suite, entries)
    assert (first.status, first.differing, first.case) == ("changed", ["rubric", "tags"], case)
    assert second.status == "created"
    assert Case.objects.get().tags == ["a"]


def test_one_key_twice_in_a_file_is_an_error_unless_it_is_the_same_case(agent: Agent) -> None:
    suite = suite_of(agent, "regression", NOW)
    body = {"key": "mine", "question": "How?"}
    statuses = [
        (one.status, one.errors and one.errors[0]["message"])
        for one in put_cases(suite, [body, body, body | {"rubric": "kind"}], NOW)
    ]
    assert statuses == [
        ("created", []),
        ("unchanged", []),
        ("error", "item 1 has the key mine too"),
    ]


def test_a_critical_case_cannot_come_over_one_marked_flaky(agent: Agent) -> None:
    case = make_case(agent, key="mine")
    annotate_case(case, NOW, None, flaky_reason="by turns")
    [brought] = put_cases(case.suite, [{"key": "mine"} | case.content() | {"critical": True}], NOW)
    assert brought.status == "error" and "mend it" in brought.errors[0]["message"]


def test_what_somebody_added_since_the_plan_stops_all_of_it(agent: Agent) -> None:
    suite = suite_of(agent, "regression", NOW)
    bodies = [{"key": key, "question": key} for key in ("a", "b")]
    planned = plan(suite, [checked(Entry("line", body), agent.workspace) for body in bodies])
    make_case(agent, "b", key="b")
    with pytest.raises(Refused, match="look at it again"):
        bring(suite, planned, NOW)
    assert [case.key for case in suite.cases.all()] == ["b"]
