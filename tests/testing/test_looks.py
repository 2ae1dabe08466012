"""A claim is seen among the others: the suites of its release, and the weeks of a year."""

from datetime import timedelta

import pytest

from context.models import Agent
from testing.cases.suites import suite_of
from testing.comparing.claimed import claim_of, running_count
from testing.comparing.comparison import compare
from testing.models import Result, Run
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
CASES = 8


@pytest.fixture
def agent() -> Agent:
    """A live release, a candidate, and cases in two suites."""
    agent = make_agent()
    make_live_release(agent)
    make_candidate(agent, make_content(RETURNS, WASHING))
    for kind in ("regression", "questions"):
        for number in range(CASES):
            make_case(agent, f"How do I return item {number}?", kind=kind)
    return agent


def ended(agent: Agent, kind: str, lost: int, cases: int = CASES) -> Run:
    """A run of one trial a case that lost so many of them."""
    release = agent.releases.get(number=2)
    baseline = agent.live_release()
    suite = suite_of(agent, kind, NOW)
    run = start_run(suite, release, at=NOW, baseline=baseline, trials=1)
    Result.objects.filter(run=run).update(state="done", passed=True)
    gone = suite.approved_cases().values_list("pk", flat=True)[:lost]
    Result.objects.filter(run=run, release=release, case__in=list(gone)).update(passed=False)
    work_results(run, lambda: NOW)
    return run


def test_a_run_that_ends_keeps_what_it_claims(agent: Agent) -> None:
    run = ended(agent, "regression", 6)
    run.refresh_from_db()
    assert run.difference == pytest.approx(-0.75)
    assert run.difference_p == pytest.approx(0.03125)


def test_a_run_without_a_baseline_claims_nothing(agent: Agent) -> None:
    release = agent.releases.get(number=2)
    run = start_run(suite_of(agent, "regression", NOW), release, at=NOW, trials=1)
    work_results(run, lambda: NOW)
    run.refresh_from_db()
    assert run.difference is None and run.difference_p is None
    assert claim_of(run, compare(run)) is None
    assert running_count(agent, NOW).comparisons == 0


def test_a_claim_is_one_of_the_suites_of_its_release(agent: Agent) -> None:
    run = ended(agent, "regression", 6)
    alone = claim_of(run, compare(run))
    assert alone is not None and (alone.of, alone.is_clear) == (1, True)
    ended(agent, "questions", 0)
    ended(agent, "questions", 0)
    among = claim_of(run, compare(run))
    assert among is not None and (among.of, among.is_clear) == (2, False)
    assert among.adjusted == pytest.approx(0.0625)


def test_claims_of_a_year_are_counted_beside_those_of_luck(agent: Agent) -> None:
    ended(agent, "regression", 0)
    ended(agent, "regression", 6)
    ended(agent, "questions", 0)
    found = running_count(agent, NOW)
    assert (found.comparisons, found.seen) == (2, 1)
    assert found.expected == pytest.approx(0.1)
    assert running_count(agent, NOW + timedelta(weeks=53)).comparisons == 0
