"""A run: every trial is a row first, failures are nobody's verdict, and it stops and goes on."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as django_settings

from context.models import Agent, Release
from llm.budget import spent
from llm.calls import BudgetExhausted, UnknownPrice
from llm.states import WorkState
from testing.cases.suites import suite_of
from testing.models import Result, Run
from testing.refusals import Refused
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

WASH_QUESTION = "How do I wash my down jacket?"


def clock() -> Any:
    return NOW


@pytest.fixture
def agent() -> Agent:
    return make_agent()


@pytest.fixture
def live(agent: Agent) -> Release:
    """Knows about returns only."""
    return make_live_release(agent)


@pytest.fixture
def candidate(agent: Agent, live: Release) -> Release:
    """Knows about washing, too."""
    return make_candidate(agent, make_content(RETURNS, WASHING))


def run_of(agent: Agent, release: Release, baseline: Release | None, trials: int = 2) -> Run:
    suite = suite_of(agent, "regression", NOW)
    return start_run(suite, release, at=NOW, baseline=baseline, trials=trials)


def test_all_trials_are_rows_before_anything_is_asked(
    agent: Agent, live: Release, candidate: Release
) -> None:
    for question in ("How do I return a jacket?", WASH_QUESTION, "How do I return unworn boots?"):
        make_case(agent, question)
    make_case(agent, "A draft is not asked", status="draft")
    run = run_of(agent, candidate, live, trials=3)
    assert run.progress() == {
        "pending": 18, "working": 0, "done": 0, "failed": 0, "skipped": 0, "total": 18,
    }  # fmt: skip
    assert run.state == Run.State.RUNNING


def test_live_and_candidate_are_interleaved_in_an_order_the_seed_decides(
    agent: Agent, live: Release, candidate: Release
) -> None:
    for number in range(6):
        make_case(agent, f"How do I return jacket number {number}?")
    first = run_of(agent, candidate, live)
    first.cancel(NOW)
    second = run_of(agent, candidate, live)
    orders = [
        list(run.results.order_by("position").values_list("case_id", "release_id", "trial"))
        for run in (first, second)
    ]
    assert orders[0] == orders[1]
    for place in range(0, 24, 2):
        pair = orders[0][place : place + 2]
        assert pair[0][0] == pair[1][0] and {pair[0][1], pair[1][1]} == {live.pk, candidate.pk}
    assert [case for case, _, _ in orders[0][::2]][:6] != sorted({row[0] for row in orders[0]})
    assert {row[2] for row in orders[0][:12]} == {1}


def test_a_run_grades_what_each_release_truly_answers(
    agent: Agent, live: Release, candidate: Release
) -> None:
    wash = make_case(agent, WASH_QUESTION, expected_facts=[WASHING.body])
    returns = make_case(agent)
    run = run_of(agent, candidate, live)
    work_results(run, clock)
    assert run.state == Run.State.DONE and run.finished_at == NOW and run.stop_reason == ""
    passed = {
        (case, release): {row.passed for row in run.results.filter(case=case, release=release)}
        for case in (wash, returns)
        for release in (live, candidate)
    }
    assert passed == {
        (wash, live): {False},
        (wash, candidate): {True},
        (returns, live): {True},
        (returns, candidate): {True},
    }
    right = run.results.filter(case=wash, release=candidate)[0]
    assert right.quote and right.quote in right.reply
    assert (right.action, right.sources) == ("answer", ["washing"])
    assert (right.answer_model, right.grade_model) == ("local-1", "local-1")
    wrong = run.results.filter(case=wash, release=live)[0]
    assert wrong.failures and wrong.grade_model == ""


def test_an_assertion_that_fails_saves_the_grader(agent: Agent, live: Release) -> None:
    make_case(agent, expected_action="handover", expected_facts=[RETURNS.body])
    run = run_of(agent, live, None, trials=1)
    work_results(run, clock)
    [result] = run.results.all()
    assert result.passed is False and result.failures == ["did “answer”, expected “handover”"]
    assert result.grade_model == ""


def test_identical_answers_are_graded_once(agent: Agent, live: Release, candidate: Release) -> None:
    make_case(agent)
    run = run_of(agent, candidate, live, trials=3)
    work_results(run, clock)
    graded = run.results.filter(same_answer_as=None)
    assert graded.count() == 1
    copies = run.results.filter(same_answer_as=graded.get())
    assert copies.count() == 5
    assert {(copy.passed, copy.quote) for copy in copies} == {(True, graded.get().quote)}
    assert spent(f"run:{run.pk}", NOW.date()) == 0


def test_progress_is_reported_and_ends_complete(agent: Agent, live: Release) -> None:
    make_case(agent)
    seen: list[dict[str, int]] = []
    work_results(run_of(agent, live, None), clock, seen.append)
    assert seen[-1]["done"] == seen[-1]["total"] == 2


def test_a_draft_another_agent_and_an_empty_suite_are_refused(agent: Agent, live: Release) -> None:
    with pytest.raises(Refused, match="no approved case"):
        run_of(agent, live, None)
    make_case(agent)
    other = make_live_release(make_agent(agent.workspace, "other"))
    with pytest.raises(Refused, match="another agent"):
        run_of(agent, other, None)
    with pytest.raises(Refused, match="Trials"):
        run_of(agent, live, None, trials=0)
    live.status = Release.Status.DRAFT
    with pytest.raises(Refused, match="draft"):
        run_of(agent, live, None)
    assert not Run.objects.exists()


def test_a_release_is_not_compared_with_itself(agent: Agent, live: Release) -> None:
    make_case(agent)
    assert run_of(agent, live, live).baseline is None


def priced(settings: Any, tmp_path: Any, dollars: str = "1000") -> None:
    """Give the local model a price."""
    prices = tmp_path / "prices.toml"
    prices.write_text(f'["local-1"]\ninput = {dollars}\noutput = {dollars}\n')
    settings.MODEL_PRICES_FILE = str(prices)


def test_the_price_is_known_before_the_start_and_over_the_cap_nothing_starts(
    agent: Agent, live: Release, settings: Any, tmp_path: Any
) -> None:
    make_case(agent)
    priced(settings, tmp_path)
    agent.run_budget_usd = Decimal("0.50")
    agent.save()
    with pytest.raises(BudgetExhausted, match="cap for a run is"):
        run_of(agent, live, None)
    agent.run_budget_usd = Decimal("50")
    agent.save()
    run = run_of(agent, live, None)
    assert 2 < run.estimated_usd < 20


def test_a_model_without_a_price_is_not_asked(agent: Agent, live: Release, settings: Any) -> None:
    make_case(agent)
    settings.JUDGE_MODEL = "unheard-of-1"
    with pytest.raises(UnknownPrice):
        run_of(agent, live, None)
    assert not Run.objects.exists()


def test_an_exhausted_daily_cap_skips_trials_which_can_be_caught_up(
    agent: Agent, live: Release, settings: Any, tmp_path: Any
) -> None:
    make_case(agent)
    priced(settings, tmp_path)
    agent.run_budget_usd, agent.daily_budget_usd = Decimal("50"), Decimal("0.01")
    agent.save()
    run = run_of(agent, live, None)
    work_results(run, clock)
    assert run.state == Run.State.DONE
    assert run.progress()["skipped"] == 2 and "2 trials ungraded" in run.stop_reason
    assert not run.results.exclude(passed=None).exists()
    agent.daily_budget_usd = Decimal("50")
    agent.save()
    assert run.retry_failed() == 2
    work_results(run, clock)
    assert run.progress()["done"] == 2 and run.stop_reason == ""
    assert 0 < run.spent_usd() == float(spent(agent.budget_scope, NOW.date()))


def test_a_cancelled_run_asks_nothing_more_and_resumes_where_it_stopped(
    agent: Agent, live: Release
) -> None:
    for number in range(3):
        make_case(agent, f"How do I return jacket number {number}?")
    run = run_of(agent, live, None)
    done = run.results.first()
    assert done is not None
    Result.objects.filter(pk=done.pk).update(
        state=WorkState.DONE, passed=True, answer_model="kept", reply="kept"
    )
    run.cancel(NOW)
    work_results(run, clock)
    assert run.state == Run.State.CANCELLED and run.progress()["pending"] == 5
    with pytest.raises(Refused, match="cancelled"):
        run.cancel(NOW)
    run.resume()
    work_results(run, clock)
    assert run.state == Run.State.DONE and run.progress()["done"] == 6
    done.refresh_from_db()
    assert done.reply == "kept"


def test_an_answer_is_kept_when_the_worker_dies_before_the_grade(
    agent: Agent, live: Release
) -> None:
    make_case(agent)
    run = run_of(agent, live, None, trials=1)
    row = run.results.get()
    Result.objects.filter(pk=row.pk).update(
        state=WorkState.WORKING, claimed_by="dead", lease_until=NOW - timedelta(seconds=1),
        action="answer", reply=f"Kept: {RETURNS.body}", answer_model="kept",
    )  # fmt: skip
    work_results(run, clock)
    row.refresh_from_db()
    assert row.reply.startswith("Kept") and row.answer_model == "kept" and row.passed is True


def test_rows_another_worker_holds_are_left_to_it(agent: Agent, live: Release) -> None:
    make_case(agent)
    run = run_of(agent, live, None)
    held = run.results.first()
    assert held is not None
    lease = NOW + timedelta(minutes=5)
    Result.objects.filter(pk=held.pk).update(
        state=WorkState.WORKING, claimed_by="other", lease_until=lease
    )
    work_results(run, clock)
    held.refresh_from_db()
    assert held.claimed_by == "other" and run.state == Run.State.RUNNING
    work_results(run, lambda: lease + timedelta(minutes=1))
    assert run.state == Run.State.DONE


def test_every_running_run_is_worked_when_none_is_named(agent: Agent, live: Release) -> None:
    make_case(agent)
    runs = [
        run_of(agent, live, None),
        run_of(agent, make_candidate(agent, make_content(WASHING)), None),
    ]
    work_results(None, clock)
    for run in runs:
        run.refresh_from_db()
        assert run.state == Run.State.DONE


def test_noise_makes_a_case_flaky_and_the_seed_makes_it_repeatable(agent: Agent) -> None:
    noisy = make_live_release(agent, make_content(RETURNS, WASHING, temperature=1.0))
    make_case(agent)
    outcomes = []
    for _ in range(2):
        run = run_of(agent, noisy, None, trials=8)
        work_results(run, clock)
        outcomes.append(list(run.results.order_by("trial").values_list("reply", "passed")))
    assert outcomes[0] == outcomes[1]
    assert len({reply for reply, _ in outcomes[0]}) > 1


def test_personal_data_in_a_reply_is_masked_before_it_is_stored(agent: Agent) -> None:
    document = RETURNS.__class__(
        slug="returns", title="Returning an item", topic="returns",
        body="Return unworn items by writing to jane.doe@example.com within 30 days.",
    )  # fmt: skip
    live = make_live_release(agent, make_content(document))
    make_case(agent, expected_facts=[document.body])
    run = run_of(agent, live, None, trials=1)
    work_results(run, clock)
    [result] = run.results.all()
    assert "[email]" in result.reply and "jane.doe" not in result.reply
    assert result.passed is True
    assert result.grade_model == django_settings.JUDGE_MODEL
