"""Cases are added once, approved by somebody, and never edited after they were run."""

import pytest

from context.models import Agent
from testing.cases.changing import change_case
from testing.cases.suites import standard_suites, suite_of
from testing.models import Case, Result
from testing.refusals import Refused
from testing.runs.runner import start_run
from tests.make import NOW, make_agent, make_case, make_live_release, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_agent()


def test_an_agent_has_one_suite_of_each_kind(agent: Agent) -> None:
    assert [suite.kind for suite in standard_suites(agent, NOW)] == [
        "questions",
        "context",
        "regression",
    ]
    assert standard_suites(agent, NOW) == list(agent.suites.all())
    with pytest.raises(ValueError, match="nonsense"):
        suite_of(agent, "nonsense", NOW)


def test_the_same_question_is_one_case(agent: Agent) -> None:
    first = make_case(agent)
    assert make_case(agent).pk == first.pk
    assert first.key.startswith("how-do-i-return-an-unworn-jacket-")
    other = make_case(agent, turns=[{"author": "customer", "text": "Hi"}])
    assert other.pk != first.pk


def test_a_question_without_latin_letters_has_a_key(agent: Agent) -> None:
    assert make_case(agent, "返品できますか？").key


def test_a_case_that_expects_nothing_is_never_approved(agent: Agent) -> None:
    with pytest.raises(Refused, match="expects nothing"):
        make_case(agent, rubric="  ")
    draft = make_case(agent, rubric="", status="draft")
    with pytest.raises(Refused, match="every answer would pass it"):
        draft.approve()
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_who_approved_and_retired_a_case_is_kept(agent: Agent) -> None:
    ada = make_member(agent.workspace)
    case = make_case(agent, status="draft")
    case.approve(NOW, ada)
    case.refresh_from_db()
    assert (case.status, case.decided_by, case.decided_at) == ("approved", ada, NOW)
    case.retire(NOW, ada)
    case.retire(NOW, ada)
    with pytest.raises(Refused, match="retired"):
        case.approve(NOW, ada)


def test_a_retired_key_may_be_used_again(agent: Agent) -> None:
    old = make_case(agent)
    old.retire(NOW)
    assert make_case(agent).pk != old.pk


def test_a_case_without_results_is_changed_in_place(agent: Agent) -> None:
    case = make_case(agent)
    changed = change_case(case, NOW, expected_facts=["Within 60 days."])
    assert changed.pk == case.pk and Case.objects.get().expected_facts == ["Within 60 days."]


def test_a_case_with_results_is_replaced_so_that_they_stay_true(agent: Agent) -> None:
    case = make_case(agent)
    start_run(case.suite, make_live_release(agent), at=NOW, trials=1)
    new = change_case(case, NOW, None, expected_facts=["Within 60 days."])
    assert new.pk != case.pk and (new.key, new.status) == (case.key, "approved")
    old = Result.objects.get().case
    assert old.status == "retired" and old.expected_facts == case.expected_facts
    assert change_case(new, NOW, None, expected_facts=["Within 60 days."]).pk == new.pk


def test_an_approved_case_cannot_be_changed_into_one_that_expects_nothing(agent: Agent) -> None:
    case = make_case(agent)
    with pytest.raises(Refused, match="expects nothing"):
        change_case(case, NOW, expected_facts=[])
    assert Case.objects.get().expected_facts


def test_personal_data_in_a_case_is_masked(agent: Agent) -> None:
    case = make_case(
        agent,
        "Write to jane.doe@example.com\0",
        turns=[{"author": "customer", "text": "I am jane.doe@example.com"}],
        expected_facts=["Ask jane.doe@example.com"],
    )
    assert case.question == "Write to [email]"
    assert case.turns == [{"author": "customer", "text": "I am [email]"}]
    assert case.expected_facts == ["Ask [email]"]
