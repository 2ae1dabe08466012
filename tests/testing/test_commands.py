"""The commands of the tests: run_suite, gate and discover_questions."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from context.models import Agent, Release
from testing.models import Run
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
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent)
    make_case(agent)
    return agent


@pytest.fixture
def candidate(agent: Agent) -> Release:
    return make_candidate(agent, make_content(RETURNS, WASHING))


def run_suite(*arguments: str) -> None:
    call_command("run_suite", "regression", "--agent", "bot", "--release", "2", *arguments)


def last_json(capsys: Any) -> Any:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_run_suite_prints_the_comparison(candidate: Release, capsys: Any) -> None:
    run_suite("--trials", "2", "--json")
    detail = last_json(capsys)
    assert (detail["release"], detail["baseline"], detail["state"]) == (2, 1, "done")
    assert detail["comparison"]["cases"] == 1
    run_suite("--trials", "2")
    assert "release 2 passes 100.0 % of 1 cases" in capsys.readouterr().out


def test_run_suite_again_repeats_nothing_unless_asked(candidate: Release, capsys: Any) -> None:
    run_suite()
    run_suite()
    assert Run.objects.count() == 1
    run_suite("--again")
    assert Run.objects.count() == 2


def test_run_suite_goes_on_with_a_run_under_way(agent: Agent, candidate: Release) -> None:
    run_suite()
    run = Run.objects.get()
    run.results.update(state="pending", answer_model="", passed=None, same_answer_as=None)
    Run.objects.update(state="cancelled")
    run_suite()
    run.refresh_from_db()
    assert run.state == "done" and Run.objects.count() == 1


def test_run_suite_shows_the_price_alone(candidate: Release, capsys: Any) -> None:
    run_suite("--estimate")
    assert "At most $0.0000, cap $10.00." in capsys.readouterr().err
    assert not Run.objects.exists()


def test_run_suite_names_what_does_not_exist(candidate: Release) -> None:
    with pytest.raises(CommandError, match="Suites: regression"):
        call_command("run_suite", "nonsense", agent="bot", release=2)
    with pytest.raises(CommandError, match="no release 9"):
        call_command("run_suite", "regression", agent="bot", release=9)


def test_gate_runs_what_is_missing_and_exits_0_when_all_is_well(
    candidate: Release, capsys: Any
) -> None:
    call_command("gate", agent="bot", release=2)
    out = capsys.readouterr().out
    assert out.startswith("## Release 2 may be published")
    assert "| regression (required) | ✅ passed | No case lost: 1 of 1 passed." in out
    assert Run.objects.count() == 1
    call_command("gate", "--json", agent="bot", release=2)
    assert last_json(capsys)["passed"] is True
    assert Run.objects.count() == 1


def test_gate_exits_1_when_a_required_check_fails(agent: Agent, capsys: Any) -> None:
    make_candidate(agent, make_content(WASHING))
    with pytest.raises(SystemExit) as end:
        call_command("gate", agent="bot", release=2)
    assert end.value.code == 1
    assert "may not be published" in capsys.readouterr().out


def test_gate_exits_3_when_the_model_cannot_be_reached(
    candidate: Release, settings: Any, capsys: Any
) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    settings.LLM_RETRIES = 0
    with pytest.raises(SystemExit) as end:
        call_command("gate", agent="bot", release=2)
    assert end.value.code == 3
    assert "⏳ pending" in capsys.readouterr().out
    run = Run.objects.get()
    assert run.state == "running" and run.progress()["pending"] == 6
    assert "Cannot connect" in run.results.all()[0].error
    assert not run.results.exclude(passed=None).exists()


def test_discover_questions_prints_the_week(agent: Agent, capsys: Any) -> None:
    call_command("discover_questions", "--week", "2026-W47", "--json", agent="bot")
    assert last_json(capsys) == {"week": "2026-W47", "clusters": []}
    with pytest.raises(CommandError, match="not a week"):
        call_command("discover_questions", "--week", "47", agent="bot")
    assert NOW.isocalendar().week == 47
