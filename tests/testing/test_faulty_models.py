"""A model that fails is never the agent's failure: trials are right in the end, or ungraded."""

from datetime import timedelta
from typing import Any

import pytest

from context.models import Agent
from testing.cases.suites import suite_of
from testing.comparing.comparison import compare
from testing.gate.checks import gate
from testing.models import Result, Run
from testing.runs.runner import start_run, work_results
from tests.llm.material import serving
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


@pytest.fixture
def run() -> Run:
    """Twelve cases on two releases, twice: half can be answered by the candidate alone."""
    agent: Agent = make_agent()
    live = make_live_release(agent)
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    for number in range(6):
        make_case(agent, f"How do I return jacket {number}?")
        make_case(agent, f"How do I wash down jacket {number}?", expected_facts=[WASHING.body])
    suite = suite_of(agent, "regression", NOW)
    return start_run(suite, candidate, at=NOW, baseline=live, trials=2)


class Clock:
    """A clock that jumps an hour whenever it is wound, so that waits are over."""

    now = NOW

    def __call__(self) -> Any:
        return self.now

    def wind(self) -> None:
        self.now += timedelta(hours=1)


def test_every_trial_is_right_in_the_end_through_every_kind_of_fault(
    run: Run, settings: Any
) -> None:
    clock = Clock()
    faults = {"fail_429": 0.1, "fail_500": 0.05, "drop": 0.03, "malformed": 0.03, "seed": 5}
    with serving(**faults, retry_after=0.05) as url:
        settings.OPENAI_BASE_URL = url
        for _ in range(5):
            work_results(run, clock)
            clock.wind()
            if not run.retry_failed() and run.state == Run.State.DONE:
                break
    assert run.state == Run.State.DONE and run.stop_reason == ""
    comparison = compare(run)
    assert comparison.candidate_passes == [2] * 12
    assert comparison.baseline_passes == [2, 0] * 6
    assert len(comparison.fixed) == 6 and not comparison.flaky


def test_nonsense_is_an_ungraded_trial_and_no_verdict(run: Run, settings: Any) -> None:
    with serving(malformed=1) as url:
        settings.OPENAI_BASE_URL = url
        work_results(run, Clock())
    assert run.state == Run.State.DONE
    assert run.progress()["failed"] == 48 and run.stop_reason.startswith("48 trials ungraded")
    assert not run.results.exclude(passed=None).exists()
    assert all(run.results.values_list("error", flat=True))
    check = gate(run.release, NOW)[2]
    assert check.status == "undecided" and "could not be graded" in check.summary
    settings.OPENAI_BASE_URL = ""
    assert run.retry_failed() == 48
    work_results(run, Clock())
    assert run.progress()["done"] == 48 and len(compare(run).fixed) == 6


def test_an_overloaded_model_leaves_the_trials_waiting(run: Run, settings: Any) -> None:
    settings.LLM_RETRIES = 0
    clock = Clock()
    with serving(fail_500=1) as url:
        settings.OPENAI_BASE_URL = url
        work_results(run, clock)
        assert run.state == Run.State.RUNNING and run.progress()["pending"] == 48
        assert "500" in run.results.all()[0].error
        assert not run.results.filter(lease_until=None).exists()
    settings.OPENAI_BASE_URL = ""
    work_results(run, clock)
    assert run.progress()["pending"] == 48  # their wait is not over
    clock.wind()
    work_results(run, clock)
    assert run.progress()["done"] == 48


def test_a_grader_that_fails_does_not_cost_the_answer(run: Run, settings: Any) -> None:
    kept = "You can return unworn items within 30 days of delivery for a full refund."
    Result.objects.update(action="answer", reply=kept, answer_model="kept")
    with serving(malformed=1) as url:
        settings.OPENAI_BASE_URL = url
        work_results(run, Clock())
    assert run.progress()["failed"] == 48
    settings.OPENAI_BASE_URL = ""
    run.retry_failed()
    work_results(run, Clock())
    assert set(run.results.values_list("answer_model", "reply")) == {("kept", kept)}
    assert run.progress()["done"] == 48
