"""The identical request of both releases is paid once, and nothing that differs is merged."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from context.models import Agent, Release
from context.releases.content import DocumentContent
from llm.local.faults import Faults, FaultyModel
from llm.states import WorkState
from testing.cases.suites import suite_of
from testing.comparing.comparison import compare
from testing.models import Result, Run
from testing.runs.runner import estimate_run, start_run, work_results
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

QUESTION = "How do I return an unworn jacket?"
WASH_QUESTION = "How do I wash my down jacket?"
GENTLE = replace(WASHING, body="Wash down jackets at 30 degrees, by hand, and dry them flat.")


def clock() -> datetime:
    return NOW


def make_sides(agent: Agent, washing: DocumentContent = GENTLE, **settings: Any) -> list[Release]:
    """A candidate that only knows more about washing; one document goes into each prompt."""
    content = make_content(RETURNS, WASHING, documents_in_prompt=1, **settings)
    live = make_live_release(agent, content)
    changed = make_content(RETURNS, washing, documents_in_prompt=1, **settings)
    return [make_candidate(agent, changed), live]


def run_of(agent: Agent, sides: list[Release], trials: int = 1) -> Run:
    suite = suite_of(agent, "regression", NOW)
    return start_run(suite, sides[0], at=NOW, baseline=sides[1], trials=trials)


@pytest.fixture
def agent() -> Agent:
    return make_agent()


@pytest.fixture
def model(tmp_path: Path) -> FaultyModel:
    """A model that counts what it is asked."""
    return FaultyModel(Faults(), tmp_path)


def test_a_case_whose_documents_did_not_change_is_asked_once(agent: Agent) -> None:
    candidate, live = make_sides(agent)
    returns = make_case(agent, QUESTION)
    make_case(agent, WASH_QUESTION, expected_facts=["Dry them flat"])
    run = run_of(agent, [candidate, live], trials=2)
    shared = run.results.filter(is_shared=True)
    assert set(shared.values_list("case", "release")) == {(returns.pk, candidate.pk)}
    work_results(run, clock)
    assert run.state == Run.State.DONE and run.progress()["done"] == 8
    asked = run.results.get(case=returns, release=live, trial=2)
    taken = run.results.get(case=returns, release=candidate, trial=2)
    for name in ("action", "reply", "sources", "passed", "quote", "answer_model", "latency_ms"):
        assert getattr(taken, name) == getattr(asked, name), name
    assert taken.passed is True and taken.input_tokens == 0 and asked.input_tokens > 0
    comparison = compare(run)
    assert len(comparison.fixed) == 1 and not comparison.regressed


def test_what_is_saved_is_counted_and_never_asked(
    agent: Agent, settings: Any, model: FaultyModel
) -> None:
    sides = make_sides(agent)
    make_case(agent, QUESTION)
    run = run_of(agent, sides)
    with serving_app(model) as url:
        settings.OPENAI_BASE_URL = url
        work_results(run, clock)
    assert model.served == {"fine": 2}
    assert run.bill()[1] == 2  # an answer and its grade


def test_the_price_counts_what_is_shared_once(agent: Agent, settings: Any, tmp_path: Any) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('["local-1"]\ninput = 1000\noutput = 1000\n')
    settings.MODEL_PRICES_FILE = str(prices)
    candidate, live = make_sides(agent)
    case = make_case(agent, QUESTION)
    assert (
        estimate_run([case], [candidate, live], 3) == estimate_run([case], [live], 3) > Decimal(0)
    )


def test_trials_of_one_release_are_never_merged(
    agent: Agent, settings: Any, model: FaultyModel
) -> None:
    """Each has its own seed: merged, ten looks at a case would be one."""
    sides = make_sides(agent, temperature=1.0)
    make_case(agent, QUESTION)
    run = run_of(agent, sides, trials=6)
    with serving_app(model) as url:
        settings.OPENAI_BASE_URL = url
        work_results(run, clock)
    replies = [row.reply for row in run.results.filter(release=sides[1])]
    assert len(set(replies)) > 1
    assert run.results.filter(release=sides[1], is_shared=True).count() == 0
    by_trial = {(row.trial, row.release_id): row.reply for row in run.results.all()}
    for trial in range(1, 7):
        assert by_trial[trial, sides[0].pk] == by_trial[trial, sides[1].pk]


@pytest.mark.parametrize("difference", [{"temperature": 0.5}, {"max_output_tokens": 99}])
def test_another_setting_is_another_request(agent: Agent, difference: dict[str, Any]) -> None:
    live = make_live_release(agent, make_content(RETURNS))
    candidate = make_candidate(agent, make_content(RETURNS, **difference))
    make_case(agent, QUESTION)
    run = run_of(agent, [candidate, live])
    assert not run.results.filter(is_shared=True).exists()


def test_a_conversation_is_never_shared_for_its_calls_depend_on_each_other(agent: Agent) -> None:
    sides = make_sides(agent)
    make_case(agent, QUESTION, kind_of_case="script", script=["And how do I send it?"])
    assert not run_of(agent, sides).results.filter(is_shared=True).exists()


def test_a_trial_without_a_grade_leaves_the_one_that_shares_it_ungraded(
    agent: Agent, settings: Any
) -> None:
    sides = make_sides(agent)
    make_case(agent, QUESTION)
    run = run_of(agent, sides)
    settings.OPENAI_BASE_URL = "http://127.0.0.1:1/v1"
    asked, taken = run.results.get(release=sides[1]), run.results.get(release=sides[0])
    Result.objects.filter(pk=asked.pk).update(state=WorkState.FAILED, error="nonsense")
    work_results(run, clock)
    taken.refresh_from_db()
    assert (taken.state, taken.error, taken.passed) == (WorkState.FAILED, "nonsense", None)
    assert run.state == Run.State.DONE and "2 trials ungraded" in run.stop_reason
    settings.OPENAI_BASE_URL = ""
    assert run.retry_failed() == 2
    work_results(run, clock)
    assert set(run.results.values_list("passed", flat=True)) == {True}


def test_the_answers_page_says_what_was_asked_once(agent: Agent, client: Client) -> None:
    sides = make_sides(agent)
    case = make_case(agent, QUESTION)
    run = run_of(agent, sides)
    work_results(run, clock)
    client.force_login(make_member(agent.workspace))
    page = client.get(f"/acme/bot/tests/runs/{run.pk}/cases/{case.pk}/").content.decode()
    assert page.count("the same request as of release 1, asked once") == 1
    page = client.get(f"/acme/bot/tests/runs/{run.pk}/").content.decode()
    assert "2 calls saved" in page
