"""What happens to a run in the middle of it: nothing is lost, asked twice, or asked in vain."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Role
from context.models import Agent, Release
from llm.local.faults import Faults, FaultyModel
from testing.cases.suites import suite_of
from testing.comparing.comparison import compare
from testing.gate.checks import gate
from testing.models import Case, Result, Run
from testing.refusals import Refused, RunUnderWay
from testing.runs.runner import start_run, work_results
from tests.llm.material import serving_app
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_content,
    make_live_release,
    make_member,
)

pytestmark = pytest.mark.django_db

CASES = 12


def clock() -> datetime:
    return NOW


@pytest.fixture
def agent() -> Agent:
    return make_agent()


@pytest.fixture
def live(agent: Agent) -> Release:
    for number in range(CASES):
        make_case(agent, f"How do I return jacket {number}?")
    return make_live_release(agent)


@pytest.fixture
def model(tmp_path: Path) -> FaultyModel:
    """A model that counts what it is asked."""
    return FaultyModel(Faults(latency_ms=20), tmp_path)


def run_of(agent: Agent, release: Release, baseline: Release | None = None) -> Run:
    suite = suite_of(agent, "regression", NOW)
    return start_run(suite, release, at=NOW, baseline=baseline, trials=1)


def at_the_first_claim(act: Callable[[], object]) -> Callable[[object], None]:
    """What to give `work_results` so that something happens while calls are under way."""
    left = [act]

    def on_work(_: object) -> None:
        if left:
            left.pop()()

    return on_work


def test_a_run_cancelled_while_calls_are_under_way_keeps_their_answers_and_asks_no_more(
    agent: Agent, live: Release, model: FaultyModel, settings: Any
) -> None:
    settings.LLM_CONCURRENCY = 4
    run = run_of(agent, live)
    with serving_app(model) as url:
        settings.OPENAI_BASE_URL = url
        work_results(run, clock, on_work=at_the_first_claim(lambda: run.cancel(NOW)))
        assert run.state == Run.State.CANCELLED
        kept = run.results.exclude(answer_model="").count()
        assert kept == model.served["fine"] == 2 * settings.LLM_CONCURRENCY  # claimed ahead
        assert run.progress()["pending"] == CASES
        run.resume()
        work_results(run, clock)
    assert run.state == Run.State.DONE and run.progress()["done"] == CASES
    assert model.served == {"fine": 2 * CASES}  # an answer and a grade each, once


def test_a_run_of_a_release_that_is_rejected_stops_by_itself(
    agent: Agent, live: Release, model: FaultyModel, settings: Any
) -> None:
    settings.LLM_CONCURRENCY = 2
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    run = run_of(agent, candidate, live)
    with serving_app(model) as url:
        settings.OPENAI_BASE_URL = url
        reject = at_the_first_claim(lambda: candidate.reject(NOW, None, "wrong document"))
        work_results(run, clock, on_work=reject)
    assert (run.state, run.stop_reason) == (Run.State.CANCELLED, "the release was rejected")
    assert model.served["fine"] == 2 * settings.LLM_CONCURRENCY
    candidate.refresh_from_db()
    with pytest.raises(Refused, match="was rejected; submit it again"):
        run_of(agent, candidate, live)


def test_a_case_deleted_while_it_is_asked_leaves_the_others_alone(
    agent: Agent, live: Release
) -> None:
    run = run_of(agent, live)
    first = run.results.order_by("position")[0].case
    work_results(run, clock, on_work=at_the_first_claim(first.delete))
    assert run.state == Run.State.DONE and run.progress()["done"] == CASES - 1
    assert not Result.objects.filter(case_id=first.pk).exists()
    assert len(compare(run).cases) == CASES - 1


def test_a_run_goes_on_against_the_release_it_began_with_when_another_goes_live(
    agent: Agent, live: Release
) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    run = run_of(agent, candidate, live)

    def publish_another() -> None:
        make_live_release(agent, make_content(WASHING))

    work_results(run, clock, on_work=at_the_first_claim(publish_another))
    assert run.state == Run.State.DONE and compare(run).baseline_passes == [1] * CASES
    [check] = [check for check in gate(candidate, NOW) if check.name == "regression"]
    assert check.status == "pending" and "against release 3" in check.summary


def test_the_same_run_is_not_started_twice(agent: Agent, live: Release, client: Client) -> None:
    run = run_of(agent, live)
    with pytest.raises(RunUnderWay, match=f"Run {run.pk} asks the same"):
        run_of(agent, live)
    client.force_login(make_member(agent.workspace, role=Role.MANAGER))
    address = f"/acme/bot/tests/suites/{run.suite_id}/start/"
    response = client.post(address, {"release": live.number, "trials": 1})
    assert response.headers["Location"] == f"/acme/bot/tests/runs/{run.pk}/"
    assert Run.objects.count() == 1
    run.cancel(NOW)
    assert run_of(agent, live).pk != run.pk


def test_a_run_that_meets_its_cap_goes_on_once_the_cap_is_raised(
    agent: Agent, live: Release, settings: Any, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('["local-1"]\ninput = 1000\noutput = 1000\n')
    settings.MODEL_PRICES_FILE, settings.DAILY_BUDGET_USD = str(prices), 1_000_000
    agent.run_budget_usd = agent.daily_budget_usd = Decimal(1000)
    agent.save()
    run = run_of(agent, live)
    Agent.objects.update(run_budget_usd=Decimal(4))
    settings.LLM_CONCURRENCY = 1
    work_results(run, clock)
    before = run.progress()
    assert run.state == Run.State.DONE and before["done"] > 0 and before["skipped"] > 0
    assert run.spent_usd() <= 4
    done = set(run.results.filter(state="done").values_list("pk", "cost_usd"))
    Agent.objects.update(run_budget_usd=Decimal(1000))
    assert run.retry_failed() == before["skipped"]
    work_results(run, clock)
    assert run.progress()["done"] == CASES
    assert done <= set(run.results.values_list("pk", "cost_usd"))


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_a_run_and_ask_nothing_twice(
    agent: Agent, live: Release, model: FaultyModel, settings: Any
) -> None:
    settings.LLM_CONCURRENCY = 2
    run = run_of(agent, live)

    def work(_: int) -> None:
        work_results(Run.objects.get(pk=run.pk), clock)
        connection.close()

    with serving_app(model) as url, ThreadPoolExecutor(2) as pool:
        settings.OPENAI_BASE_URL = url
        list(pool.map(work, range(2)))
    run.refresh_from_db()
    assert run.state == Run.State.DONE and run.progress()["done"] == CASES
    assert model.served == {"fine": 2 * CASES}


def test_a_large_run_is_written_by_few_statements(
    agent: Agent, live: Release, django_assert_max_num_queries: Any
) -> None:
    Case.objects.bulk_create(
        Case(
            suite=suite_of(agent, "regression", NOW), key=f"more-{number}", status="approved",
            question=f"May I return {number} coats?", expected_action="answer", created_at=NOW,
        )
        for number in range(288)
    )  # fmt: skip
    suite = suite_of(agent, "regression", NOW)
    with django_assert_max_num_queries(16):
        run = start_run(suite, live, at=NOW, trials=20)
    places = list(run.results.values_list("position", flat=True))
    assert places == list(range(300 * 20))
    assert run.results.filter(trial=20).values("case").distinct().count() == 300
