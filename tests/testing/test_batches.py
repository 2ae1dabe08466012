"""Many cases are changed at once, and all of it can be undone."""

import pytest

from accounts.models import User
from context.models import Agent
from testing.cases.batches import act, bring_file, keep_file, undo
from testing.cases.changing import annotate_case, change_case
from testing.cases.suites import suite_of
from testing.exchange.entries import Entry
from testing.models import Case, CaseBatch, Suite
from testing.refusals import Refused
from tests.make import NOW, make_agent, make_case, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_agent()


@pytest.fixture
def ada(agent: Agent) -> User:
    return make_member(agent.workspace)


@pytest.fixture
def suite(agent: Agent) -> Suite:
    return suite_of(agent, "regression", NOW)


def state(suite: Suite) -> list[tuple[object, ...]]:
    cases = suite.cases.order_by("id").select_related("owner")
    return [(c.key, c.status, c.tags, c.owner, c.flaky_reason, c.question) for c in cases]


@pytest.mark.parametrize("action", ["approve", "retire", "tag", "untag", "own", "flaky"])
def test_an_action_on_many_cases_is_undone_as_a_whole(
    agent: Agent, ada: User, suite: Suite, action: str
) -> None:
    cases = [make_case(agent, f"{n}?", status="draft", tags=["old"]) for n in range(3)]
    before = state(suite)
    outcome = act(suite, action, cases, NOW, ada, tag="old", reason="by turns", owner=ada)
    if action == "tag":
        assert outcome.changed == 0 and not CaseBatch.objects.exists()
        return
    assert outcome.changed == 3 and state(suite) != before
    assert undo(outcome.batch, NOW, ada).changed == 3
    assert state(suite) == before
    with pytest.raises(Refused, match="undone already"):
        undo(outcome.batch, NOW, ada)


def test_cases_that_refuse_are_named_and_left(agent: Agent, ada: User, suite: Suite) -> None:
    good = make_case(agent, "Good?", status="draft")
    empty = make_case(agent, "Empty?", status="draft", rubric="")
    outcome = act(suite, "approve", [good, empty], NOW, ada)
    assert outcome.changed == 1 and "expects nothing" in outcome.refusals[0]


def test_cases_move_to_another_suite_and_back(agent: Agent, ada: User, suite: Suite) -> None:
    case = make_case(agent, by=ada, source="verdict of ada")
    annotate_case(case, NOW, ada, flaky_reason="by turns")
    other = suite_of(agent, "questions", NOW)
    outcome = act(suite, "move", [case], NOW, ada, target=other)
    assert outcome.changed == 1 and outcome.batch.note == other.name
    moved = other.cases.get()
    assert (moved.key, moved.owner, moved.source) == (case.key, ada, "verdict of ada")
    assert moved.flaky_reason == "by turns" and moved.status == "approved"
    assert Case.objects.get(pk=case.pk).status == "retired"
    again = make_case(agent)
    assert "already" in act(suite, "copy", [again], NOW, ada, target=other).refusals[0]
    again.retire(NOW)
    undo(outcome.batch, NOW, ada)
    assert Case.objects.get(pk=case.pk).status == "approved"
    assert other.cases.get().status == "retired"


def test_what_was_changed_since_is_left_as_it_is(agent: Agent, ada: User, suite: Suite) -> None:
    cases = [make_case(agent, f"{n}?") for n in range(2)]
    outcome = act(suite, "tag", cases, NOW, ada, tag="new")
    change_case(Case.objects.get(pk=cases[0].pk), NOW, ada, rubric="kind")
    undone = undo(outcome.batch, NOW, ada)
    assert undone.changed == 1 and "was changed since" in undone.refusals[0]
    assert list(suite.cases.order_by("id").values_list("tags", flat=True)) == [["new"], []]


def test_a_retired_case_does_not_come_back_beside_its_successor(
    agent: Agent, ada: User, suite: Suite
) -> None:
    case = make_case(agent)
    outcome = act(suite, "retire", [case], NOW, ada)
    make_case(agent)
    assert "stands under the key" in undo(outcome.batch, NOW, ada).refusals[0]


def test_a_file_is_undone_as_a_whole(agent: Agent, ada: User, suite: Suite) -> None:
    case = make_case(agent, key="mine")
    before = case.content()
    bodies = [
        {"key": "mine", "question": "Other?", "rubric": "kind"},
        {"question": "New?", "status": "approved", "rubric": "kind"},
    ]
    entries = [Entry(f"line {n}", body, ["cost: 1"]) for n, body in enumerate(bodies)]
    batch = keep_file(suite, "cases.yaml", entries, NOW, ada)
    brought = bring_file(batch, NOW, ada)
    assert [one.status for one in brought] == ["changed", "created"]
    new = suite.cases.get(question="New?")
    assert (new.owner, new.source) == (ada, "file cases.yaml, line 1")
    assert new.changes.get().after == {"left_out": ["cost: 1"]}
    batch.refresh_from_db()
    assert batch.entries == []
    assert undo(batch, NOW, ada).changed == 2
    assert suite.cases.get(key="mine").content() == before
    new.refresh_from_db()
    assert new.status == "retired"


def test_a_file_that_waits_is_masked(agent: Agent, ada: User, suite: Suite) -> None:
    entries = [Entry("line 1", {"question": "I am jane@example.com"})]
    batch = keep_file(suite, "a.csv", entries, NOW, ada)
    assert "jane" not in str(batch.entries)
