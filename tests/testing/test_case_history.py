"""A case has an owner, a source, a flaky mark, and a history of who changed what."""

import pytest
from django.db import IntegrityError

from accounts.models import User
from context.models import Agent
from testing.cases.changing import annotate_case, change_case
from testing.comparing.comparison import compare
from testing.gate.evidence import standing
from testing.models import Case, CaseChange
from testing.refusals import Refused
from testing.runs.runner import start_run, work_results
from tests.make import NOW, make_agent, make_case, make_live_release, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_agent()


@pytest.fixture
def ada(agent: Agent) -> User:
    return make_member(agent.workspace)


def test_a_case_belongs_to_who_made_it_until_somebody_else_takes_it(
    agent: Agent, ada: User
) -> None:
    case = make_case(agent, by=ada)
    assert case.owner == ada
    bob = make_member(agent.workspace, "bob")
    annotate_case(case, NOW, ada, owner=bob)
    case.refresh_from_db()
    assert case.owner == bob
    change = CaseChange.objects.get()
    assert (change.before, change.after, change.by) == ({"owner": "ada"}, {"owner": "bob"}, ada)


def test_every_change_is_written_down(agent: Agent, ada: User) -> None:
    case = make_case(agent, by=ada, status="draft")
    change_case(case, NOW, ada, rubric="polite")
    change_case(case, NOW, ada, rubric="polite")
    case.approve(NOW, ada)
    case.approve(NOW, ada)
    case.retire(NOW, ada)
    changes = CaseChange.objects.order_by("id")
    assert [(one.before, one.after) for one in changes] == [
        ({"rubric": ""}, {"rubric": "polite"}),
        ({"status": "draft"}, {"status": "approved"}),
        ({"status": "approved"}, {"status": "retired"}),
    ]
    assert {one.by for one in changes} == {ada} and {one.at for one in changes} == {NOW}


def test_a_new_version_keeps_where_the_case_comes_from(agent: Agent, ada: User) -> None:
    case = make_case(agent, by=ada, source="verdict of ada", source_url="/acme/bot/x/")
    annotate_case(case, NOW, ada, flaky_reason="the courier's page is down at times")
    start_run(case.suite, make_live_release(agent), at=NOW, trials=1)
    new = change_case(case, NOW, None, expected_facts=["Within 60 days."])
    assert new.pk != case.pk and new.owner == ada
    assert (new.source, new.source_url) == ("verdict of ada", "/acme/bot/x/")
    assert new.flaky_reason and not new.counts_in_gate
    change = new.changes.get()
    assert change.before == {"expected_facts": case.expected_facts}


def test_labels_of_a_case_that_was_run_are_changed_in_place(agent: Agent) -> None:
    case = make_case(agent)
    start_run(case.suite, make_live_release(agent), at=NOW, trials=1)
    assert change_case(case, NOW, None, tags=["returns"], topic="returns").pk == case.pk
    case.refresh_from_db()
    assert (case.tags, case.topic, case.status) == (["returns"], "returns", "approved")


def test_a_flaky_case_is_run_and_shown_and_does_not_count_in_the_gate(agent: Agent) -> None:
    case = make_case(agent)
    annotate_case(case, NOW, None, flaky_reason="depends on the season")
    run = start_run(case.suite, make_live_release(agent), at=NOW, trials=1)
    work_results(run, lambda: NOW)
    comparison = compare(run)
    assert [row.case for row in comparison.cases] == [case]
    assert standing(comparison).cases == ()


def test_a_critical_case_cannot_be_marked_flaky(agent: Agent) -> None:
    case = make_case(agent, critical=True)
    with pytest.raises(Refused, match="mend it"):
        annotate_case(case, NOW, None, flaky_reason="hard")
    flaky = make_case(agent, "Other?")
    annotate_case(flaky, NOW, None, flaky_reason="hard")
    with pytest.raises(Refused, match="mend it"):
        change_case(flaky, NOW, None, critical=True)
    with pytest.raises(IntegrityError, match="a_critical_case_is_not_flaky"):
        Case.objects.filter(pk=flaky.pk).update(critical=True)


def test_an_archived_suite_is_asked_nothing(agent: Agent) -> None:
    case = make_case(agent)
    with pytest.raises(Refused, match="cannot be archived"):
        case.suite.archive(NOW)
    own = agent.suites.create(kind="regression", name="Own", slug="own", created_at=NOW)
    own.add_case(question="How?", rubric="polite", at=NOW, status="approved")
    own.archive(NOW)
    own.refresh_from_db()
    assert not own.approved_cases().exists()
    own.restore()
    assert own.approved_cases().count() == 1
