"""A candidate is tested at once, again against what goes live, and all that waits once a week."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Role
from agentops.schedule import run_due
from context.models import Agent, Release, ScheduledRun
from context.releases.checks import latest_checks
from testing.gate.weekly import CANDIDATE_TESTS, next_weekly, schedule_of, start_missing_runs
from testing.models import Result, Run
from testing.runs.runner import work_results
from tests.make import (
    NOW,
    PASSWORD,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_content,
    make_live_release,
    make_member,
)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def agent() -> Agent:
    """An agent with a live release and a case; the week's tests are not due."""
    agent = make_agent(test_weekday=6)
    make_live_release(agent)
    make_case(agent)
    return agent


@pytest.fixture
def candidate(agent: Agent) -> Release:
    return make_candidate(agent, make_content(RETURNS, WASHING))


def rows_of(agent: Agent) -> list[tuple[str, str]]:
    rows = ScheduledRun.objects.filter(agent=agent, schedule=CANDIDATE_TESTS).order_by("id")
    return list(rows.values_list("period", "state"))


@pytest.mark.django_db
def test_the_next_tick_tests_a_candidate_and_its_checks_follow_the_runs(
    agent: Agent, candidate: Release
) -> None:
    run_due(NOW)
    assert rows_of(agent) == [("2/1", "started")]
    assert Run.objects.get().release == candidate
    work_results(None, lambda: NOW)
    run_due(NOW + MINUTE)
    assert rows_of(agent) == [("2/1", "done")]
    assert latest_checks(candidate)["regression"].status == "passed"
    for minute in range(2, 5):
        run_due(NOW + minute * MINUTE)
    assert Run.objects.count() == 1


@pytest.mark.django_db
def test_a_new_live_release_has_every_candidate_tested_against_it(
    agent: Agent, candidate: Release
) -> None:
    run_due(NOW)
    work_results(None, lambda: NOW)
    run_due(NOW + MINUTE)
    make_live_release(agent, make_content(RETURNS, prompt="Another prompt."))
    run_due(NOW + 2 * MINUTE)
    assert rows_of(agent) == [("2/1", "done"), ("2/3", "started")]
    run = Run.objects.latest("id")
    assert run.baseline is not None and (run.release.number, run.baseline.number) == (2, 3)


@pytest.mark.django_db
def test_what_passed_against_an_older_release_waits_until_it_is_tested_again(
    agent: Agent, candidate: Release
) -> None:
    run_due(NOW)
    work_results(None, lambda: NOW)
    candidate.approve(NOW, None)
    assert latest_checks(candidate)["regression"].status == "passed"
    make_live_release(agent, make_content(RETURNS, prompt="Another prompt."))
    run_due(NOW + MINUTE)
    assert latest_checks(candidate)["regression"].summary.endswith("is running.")
    assert rows_of(agent) == [("2/1", "done"), ("2/3", "started")]
    work_results(None, lambda: NOW)
    assert latest_checks(candidate)["regression"].status == "passed"
    run_due(NOW + 2 * MINUTE)
    assert rows_of(agent) == [("2/1", "done"), ("2/3", "done")]


@pytest.mark.django_db
def test_a_candidate_that_was_decided_is_left_alone(agent: Agent, candidate: Release) -> None:
    candidate.reject(NOW, None, "No.")
    run_due(NOW)
    assert rows_of(agent) == [] and not Run.objects.exists()


@pytest.mark.django_db
def test_what_a_cap_forbids_is_tried_once_and_said_by_the_check(
    agent: Agent, candidate: Release, settings: Any, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('["local-1"]\ninput = 1000.0\noutput = 1000.0\n')
    settings.MODEL_PRICES_FILE = str(prices)
    for minute in range(3):
        run_due(NOW + minute * MINUTE)
    assert rows_of(agent) == [("2/1", "done")]
    assert ScheduledRun.objects.get(schedule=CANDIDATE_TESTS).attempts == 1
    assert not Run.objects.exists()
    check = latest_checks(candidate)["regression"]
    assert check.status == "pending"
    assert check.summary.startswith("Not run against release 1: The run may cost $")
    assert check.summary.endswith("the cap for a run is $10.00.")
    assert candidate.checks.filter(name="regression").count() == 1


@pytest.mark.django_db
def test_a_model_without_a_price_is_said_by_the_check(
    agent: Agent, candidate: Release, settings: Any
) -> None:
    settings.AGENT_MODEL = "nobody-knows-its-price"
    for minute in range(3):
        run_due(NOW + minute * MINUTE)
    assert rows_of(agent) == [("2/1", "done")]
    assert "nobody-knows-its-price" in latest_checks(candidate)["regression"].summary
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_a_daily_cap_that_is_used_up_ends_the_run_and_starts_no_other(
    agent: Agent, candidate: Release
) -> None:
    agent.daily_budget_usd = Decimal("-1")
    agent.save(update_fields=["daily_budget_usd"])
    for minute in range(4):
        run_due(NOW + minute * MINUTE)
        work_results(None, lambda: NOW)
    assert Run.objects.count() == 1
    assert set(Result.objects.values_list("state", flat=True)) == {"skipped"}
    check = latest_checks(candidate)["regression"]
    assert check.status == "undecided" and "could not be graded" in check.summary
    assert check.advice.startswith("Retry what is ungraded")
    assert rows_of(agent) == [("2/1", "done")]


def in_two(step: Any) -> None:
    """Do the same twice at the same moment, each on its own connection."""
    barrier = Barrier(2)

    def run(_place: int) -> None:
        barrier.wait()
        try:
            step()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, range(2)))


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_start_one_run(agent: Agent, candidate: Release) -> None:
    in_two(partial(run_due, NOW))
    assert Run.objects.count() == 1 and rows_of(agent) == [("2/1", "started")]


@pytest.mark.django_db(transaction=True)
def test_a_tick_and_a_pipeline_at_once_start_one_run(agent: Agent, candidate: Release) -> None:
    in_two(lambda: start_missing_runs(Release.objects.get(pk=candidate.pk), NOW))
    assert Run.objects.count() == 1


@pytest.mark.django_db
def test_the_week_begins_at_its_weekday_and_hour_in_the_workspaces_zone(agent: Agent) -> None:
    agent.workspace.time_zone = "Europe/Berlin"
    agent.test_weekday, agent.test_hour = 3, 14
    wednesday = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
    assert next_weekly(agent, wednesday) == datetime(2026, 11, 19, 13, 0, tzinfo=UTC)
    due = datetime(2026, 11, 19, 13, 0, tzinfo=UTC)
    assert next_weekly(agent, due) == datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
    agent.save(update_fields=["test_weekday", "test_hour"])
    agent.workspace.save(update_fields=["time_zone"])
    run_due(due - MINUTE)
    assert not ScheduledRun.objects.filter(schedule="weekly_tests").exists()
    run_due(due)
    assert ScheduledRun.objects.get(schedule="weekly_tests").period == "2026-W47"


@pytest.mark.django_db
def test_the_week_runs_what_was_approved_since(agent: Agent, candidate: Release) -> None:
    run_due(NOW)
    work_results(None, lambda: NOW)
    run_due(NOW + MINUTE)
    make_case(agent, "How do I wash it?", expected_action="answer")
    sunday = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
    run_due(sunday)
    assert Run.objects.count() == 2
    work_results(None, lambda: sunday)
    run_due(sunday + MINUTE)
    assert latest_checks(candidate)["regression"].status == "passed"
    assert [tested.words for tested in schedule_of(agent, sunday).last] == [
        "Week 2026-W47",
        "Release 2 against 1",
    ]


@pytest.mark.django_db
def test_the_page_says_when_tests_run_and_starts_them_now(
    agent: Agent, candidate: Release, client: Client
) -> None:
    make_member(agent.workspace, role=Role.MANAGER)
    client.login(username="ada", password=PASSWORD)
    page = client.get("/acme/bot/tests/").content.decode()
    assert "Next weekly tests" in page and "Test the candidates now" in page
    answer = client.post("/acme/bot/tests/run/", follow=True)
    assert "Release 2: 1 run started." in answer.content.decode()
    work_results(None, lambda: NOW)
    answer = client.post("/acme/bot/tests/releases/2/run/", follow=True)
    assert "every suite was run; its checks are up to date" in answer.content.decode()
    assert Run.objects.count() == 1


@pytest.mark.django_db
def test_a_viewer_starts_no_tests(agent: Agent, candidate: Release, client: Client) -> None:
    make_member(agent.workspace, role=Role.VIEWER)
    client.login(username="ada", password=PASSWORD)
    assert client.post("/acme/bot/tests/run/").status_code == 403
    assert client.post("/acme/bot/tests/releases/2/run/").status_code == 403
    assert "Test the candidates now" not in client.get("/acme/bot/tests/").content.decode()
