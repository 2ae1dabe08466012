"""The gate reads runs against what is live now and leaves checks on the release."""

from dataclasses import replace
from typing import Any

import pytest

from context.models import Agent, Check, Release
from context.refusals import ChecksMissing, WrongStatus
from context.releases.checks import latest_checks
from testing.cases.suites import suite_of
from testing.context_suite.work import work_context_tests
from testing.gate import weekly
from testing.gate.checks import gate
from testing.models import Result, Run
from testing.questions.discovery import work_discoveries
from testing.runs.runner import start_run, work_results
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_content,
    make_live_release,
)

pytestmark = pytest.mark.django_db

Status = Check.Status
WASH_QUESTION = "How do I wash my down jacket?"


def clock() -> Any:
    return NOW


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent)
    return agent


def checks_of(agent: Agent, release: Release) -> dict[str, Check]:
    """Start what the release lacks, work it, and return the checks."""
    weekly.plan_search(release, NOW)
    work_context_tests(clock)
    weekly.start_missing_runs(release, NOW, trials=2)
    work_results(None, clock)
    return {check.name: check for check in gate(release, NOW)}


def test_a_good_candidate_gets_its_three_checks_and_may_be_published(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    make_case(
        agent, WASH_QUESTION, kind="context", document_slug="washing", expected_facts=[WASHING.body]
    )
    with pytest.raises(ChecksMissing):
        candidate.publish(NOW)
    checks = checks_of(agent, candidate)
    assert {name: check.status for name, check in checks.items()} == {
        "questions": "passed",
        "context": "passed",
        "regression": "passed",
    }
    assert checks["regression"].summary.startswith("No case lost: 1 of 1 pass")
    assert checks["context"].summary.startswith("1 of 1 case on changed documents passed")
    assert checks["questions"].summary == "No case for new questions yet: there is nothing to lose."
    run = Run.objects.get(suite__kind="regression")
    assert checks["regression"].url.endswith(f"/tests/runs/{run.pk}/")
    numbers = checks["regression"].numbers
    assert numbers["run"] == run.pk and numbers["cases"] == 1 and numbers["trials"] == 2
    assert numbers["candidate_rate"]["value"] == 1.0
    candidate.approve(NOW, None)
    candidate.publish(NOW)
    assert candidate.status == "live"


def test_a_candidate_that_loses_a_case_is_stopped(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(WASHING))
    make_case(agent)
    check = checks_of(agent, candidate)["regression"]
    assert check.status == Status.FAILED
    assert check.summary == "1 of 1 case lost: “How do I return an unworn jacket?”."
    with pytest.raises(ChecksMissing, match="regression"):
        candidate.publish(NOW)


def test_a_lost_critical_case_is_named_as_such(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(WASHING))
    make_case(agent, critical=True)
    check = checks_of(agent, candidate)["regression"]
    assert check.summary.startswith("1 critical case lost: “How do I return")


def test_a_finished_run_leaves_its_check_by_itself(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    live = agent.live_release()
    run = start_run(suite_of(agent, "regression", NOW), candidate, at=NOW, baseline=live)
    assert latest_checks(candidate) == {}
    work_results(run, clock)
    assert latest_checks(candidate)["regression"].status == Status.PASSED


def test_a_suite_that_was_not_run_leaves_the_check_pending(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    checks = {check.name: check for check in gate(candidate, NOW)}
    assert checks["regression"].status == Status.PENDING
    assert checks["regression"].summary == "No run against release 1 yet."
    run = start_run(
        suite_of(agent, "regression", NOW), candidate, at=NOW, baseline=agent.live_release()
    )
    pending = {check.name: check for check in gate(candidate, NOW)}["regression"]
    assert pending.summary == f"Run {run.pk} is running."


def test_a_run_against_an_older_live_release_no_longer_counts(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    assert checks_of(agent, candidate)["regression"].status == Status.PASSED
    make_live_release(agent, make_content(replace(RETURNS, body="Return items within 60 days.")))
    assert gate(candidate, NOW)[2].status == Status.PENDING
    assert "against release 3" in latest_checks(candidate)["regression"].summary


def test_cases_approved_since_have_to_be_asked_and_retired_ones_count_no_more(
    agent: Agent,
) -> None:
    candidate = make_candidate(agent, make_content(WASHING))
    outdated = make_case(agent)
    assert checks_of(agent, candidate)["regression"].status == Status.FAILED
    outdated.retire(NOW)
    added = make_case(agent, WASH_QUESTION, expected_facts=[WASHING.body])
    check = gate(candidate, NOW)[2]
    assert check.status == Status.PENDING and check.summary.endswith(": 1 approved case.")
    assert checks_of(agent, candidate)["regression"].status == Status.PASSED
    assert Result.objects.filter(case=added).count() == 4


def test_an_unchanged_decision_is_not_written_again(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    checks_of(agent, candidate)
    count = candidate.checks.count()
    gate(candidate, NOW)
    assert candidate.checks.count() == count


def test_the_worst_suite_of_a_kind_decides(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    own = agent.suites.create(kind="regression", slug="own", name="Own", created_at=NOW)
    own.add_case(question="x", at=NOW, expected_action="answer", status="approved")
    start_run(suite_of(agent, "regression", NOW), candidate, at=NOW, baseline=agent.live_release())
    work_results(None, clock)
    assert gate(candidate, NOW)[2].status == Status.PENDING


def test_ungraded_trials_are_no_verdict_about_the_release(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    checks_of(agent, candidate)
    Result.objects.filter(release=candidate).update(state="failed", passed=None, error="HTTP 500")
    check = gate(candidate, NOW)[2]
    assert check.status == Status.UNDECIDED
    assert check.summary == "1 of 1 case could not be graded; at most 10 % may."


def test_a_draft_is_not_gated(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    Release.objects.filter(pk=candidate.pk).update(status="draft")
    candidate.refresh_from_db()
    with pytest.raises(WrongStatus):
        gate(candidate, NOW)


def test_the_week_tests_every_waiting_candidate_and_then_looks_for_questions(
    agent: Agent,
) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    assert weekly.test_week(agent, "2026-W47", NOW) is False
    assert Run.objects.filter(release=candidate, state="running").count() == 1
    assert weekly.test_week(agent, "2026-W47", NOW) is False
    assert Run.objects.count() == 1
    work_results(None, clock)
    assert weekly.test_week(agent, "2026-W47", NOW) is False
    work_discoveries(clock)
    assert weekly.test_week(agent, "2026-W47", NOW) is True
    work_context_tests(clock)
    assert set(latest_checks(candidate)) == {"questions", "context", "regression"}
    assert agent.suites.get(kind="context").cases.get().status == "draft"
