"""What a pipeline gets from the gate: an exit code, Markdown, JSON and JUnit XML."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from junitparser import Error, Failure, JUnitXml, Skipped

from context.models import Agent, Release
from testing.gate.checks import gate
from testing.gate.rules import change_rules
from testing.models import Result, Run
from testing.runs import following
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_client,
    make_content,
    make_key,
    make_live_release,
)

pytestmark = pytest.mark.django_db
URL = "/api/v1/agents/bot/releases/2/gate/"


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent)
    make_case(agent)
    return agent


@pytest.fixture
def good(agent: Agent) -> Release:
    return make_candidate(agent, make_content(RETURNS, WASHING))


@pytest.fixture
def bad(agent: Agent) -> Release:
    return make_candidate(agent, make_content(WASHING))


@pytest.fixture
def api(agent: Agent) -> Client:
    return make_client(make_key(agent.workspace, "read", "releases"))


def run_gate(*arguments: str) -> int:
    """The exit code of the command."""
    try:
        call_command("gate", "--agent", "bot", "--release", "2", "--trials", "2", *arguments)
    except SystemExit as end:
        return int(str(end.code))
    return 0


def test_the_exit_code_tells_passed_from_failed_from_undecided(bad: Release, capsys: Any) -> None:
    assert run_gate() == 1
    Result.objects.filter(release=bad).update(state="failed", passed=None, error="HTTP 500")
    assert run_gate() == 3
    assert "could not be graded" in capsys.readouterr().out
    Result.objects.filter(release=bad).update(state="done", passed=True)
    assert run_gate() == 0


def test_a_required_check_that_nobody_left_is_undecided(
    agent: Agent, good: Release, capsys: Any
) -> None:
    change_rules(agent, {"required_checks": ["regression", "load-test"]}, NOW)
    assert run_gate() == 3
    assert "| load-test (required) | ⏳ not run | |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--agent", "nobody", "--release", "2"], "does not exist"),
        (["--agent", "bot", "--release", "9"], "no release 9"),
        (["--agent", "bot", "--release", "3"], "is a draft"),
    ],
)
def test_what_cannot_be_asked_exits_2(
    good: Release, agent: Agent, arguments: list[str], message: str
) -> None:
    Release.objects.create(agent=agent, number=3, prompt="p", content_hash="x", created_at=NOW)
    with pytest.raises(CommandError, match=message) as refused:
        call_command("gate", *arguments)
    assert refused.value.returncode == 2


def test_a_cap_of_the_pipeline_starts_nothing_dearer(
    good: Release, settings: Any, tmp_path: Path, api: Client
) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('["local-1"]\ninput = 1000.0\noutput = 1000.0\n')
    settings.MODEL_PRICES_FILE = str(prices)
    with pytest.raises(CommandError, match=r"--cap is \$0.01") as refused:
        run_gate("--cap", "0.01")
    assert refused.value.returncode == 2
    answer = api.post(URL, {"cap_usd": 0.01}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "over_budget")
    assert not Run.objects.exists()


def test_the_agents_own_cap_is_said_by_the_check(
    agent: Agent, good: Release, settings: Any, tmp_path: Path, capsys: Any
) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('["local-1"]\ninput = 1000.0\noutput = 1000.0\n')
    settings.MODEL_PRICES_FILE = str(prices)
    assert run_gate() == 3
    out = capsys.readouterr().out
    assert "Not run against release 1: The run may cost" in out and "caps are set" in out


def test_the_report_goes_to_a_file_and_names_cases_with_their_links(
    bad: Release, tmp_path: Path, capsys: Any
) -> None:
    out = tmp_path / "gate.md"
    assert run_gate("--out", str(out), "--base-url", "https://ops.example/") == 1
    text = out.read_text()
    case = bad.agent.suites.get(slug="regression").cases.get()
    assert text.startswith("## Release 2 may not be published")
    link = f"https://ops.example/acme/bot/tests/cases/{case.pk}/"
    assert f"- [{case.question}]({link}) (0 of 2 passed; live: 2 of 2)" in text
    assert "**regression** – Open the cases named here" in text
    assert "Report in" in capsys.readouterr().err
    with pytest.raises(CommandError, match="No such file") as refused:
        run_gate("--out", str(tmp_path / "nowhere" / "gate.md"))
    assert refused.value.returncode == 2


def test_words_of_customers_cannot_break_the_table(agent: Agent, capsys: Any) -> None:
    make_case(agent, "Return an unworn | jacket\n<script>x</script> [x](http://evil) @team?")
    make_candidate(agent, make_content(WASHING))
    assert run_gate() == 1
    out = capsys.readouterr().out
    assert "\\<script\\>" in out and "\\[x\\](http://evil)" in out and "\\@team" in out
    assert "unworn \\| jacket " in out


# What Jenkins' junit-10.xsd, the schema in common use, allows of what is written here.
SAID = {"message", "type"}
SCHEMA: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "id"},
        {"testcase"},
    ),
    "testcase": (
        {"name", "classname", "time"},
        {"skipped", "error", "failure", "system-out"},
    ),
    "skipped": (SAID, set()),
    "error": (SAID, set()),
    "failure": (SAID, set()),
    "system-out": (set(), set()),
}


def assert_fits_the_schema(element: Any) -> None:
    """Every element has the attributes and children the schema knows."""
    attributes, children = SCHEMA[element.tag]
    assert set(element.attrib) <= attributes, element.tag
    for child in element:
        assert child.tag in children, (element.tag, child.tag)
        assert_fits_the_schema(child)


def test_the_junit_report_has_a_testcase_for_each_check_and_each_case(
    agent: Agent, bad: Release, capsys: Any
) -> None:
    make_case(agent, "Both fail it\x00\x0b?", expected_facts=["Never said by anybody."])
    ungraded = make_case(agent, "Not graded?", expected_action="answer")
    assert run_gate() == 1
    Result.objects.filter(case=ungraded).update(state="failed", passed=None, error="HTTP 500")
    capsys.readouterr()
    run_gate("--format", "junit")
    report = JUnitXml.fromstring(capsys.readouterr().out.encode())
    checks, regression = list(report)
    assert [case.name for case in checks] == ["questions", "context", "regression"]
    assert (checks.name, regression.name) == ("gate", "Regression")
    [undecided] = [case for case in checks if case.name == "regression"]
    assert isinstance(undecided.result[0], Error)
    by_name = {case.name.split(" [")[0]: case for case in regression}
    lost = by_name["How do I return an unworn jacket?"]
    assert isinstance(lost.result[0], Failure)
    assert lost.result[0].message == "case lost: 0 of 2 passed; live: 2 of 2"
    assert RETURNS.body in (lost.result[0].text or "")
    known = next(case for name, case in by_name.items() if name.startswith("Both fail"))
    assert isinstance(known.result[0], Skipped)
    assert (known.result[0].message or "").startswith("known failure")
    assert (by_name["Not graded?"].result[0].message or "").startswith("ungraded")
    assert (report.tests, report.failures, report.errors) == (6, 1, 1)
    assert sum(suite.skipped for suite in report) == 3
    assert_fits_the_schema(report._elem)


def test_a_missing_optional_check_does_not_fail_the_junit_report(
    agent: Agent, good: Release, capsys: Any
) -> None:
    make_case(agent, "Draft?", kind="questions", expected_facts=[RETURNS.body])
    gate(good, NOW)
    run_gate("--format", "junit")
    report = JUnitXml.fromstring(capsys.readouterr().out.encode())
    assert (report.failures, report.errors) == (0, 0)


def test_rest_answers_in_the_format_that_is_asked_for(bad: Release, api: Client) -> None:
    call_command("run_suite", "regression", "--agent", "bot", "--release", "2", "--trials", "1")
    answer = api.post(URL, {}, content_type="application/json").json()
    assert (answer["outcome"], answer["passed"], answer["running"]) == ("failed", False, [])
    [check] = [one for one in answer["checks"] if one["name"] == "regression"]
    assert check["required"] and check["cases"][0]["url"].startswith("http://testserver/acme/")
    assert check["rules"]["margin"] == 0.05
    for wanted, content_type, start in [
        ({"QUERY_STRING": "format=markdown"}, "text/markdown", "## Release 2"),
        ({"headers": {"Accept": "text/markdown"}}, "text/markdown", "## Release 2"),
        ({"QUERY_STRING": "format=junit"}, "application/xml", "<?xml"),
        ({"headers": {"Accept": "application/xml"}}, "application/xml", "<?xml"),
    ]:
        report = api.get(URL, **wanted)  # type: ignore[arg-type]
        assert report.headers["Content-Type"].startswith(content_type)
        assert report.content.decode().startswith(start)
    assert api.get(URL, {"format": "pdf"}).status_code == 404
    refused = api.get("/api/v1/agents/bot/releases/99/gate/", {"format": "junit"})
    assert refused.status_code == 404
    assert json.loads(refused.content)["code"] == "not_found"


def test_a_timeout_leaves_the_runs_and_the_next_call_goes_on(good: Release, capsys: Any) -> None:
    assert run_gate("--timeout", "0") == 3
    run = Run.objects.get()
    assert run.state == "running" and run.progress()["pending"] == 4
    assert "Under way: run" in capsys.readouterr().out
    assert run_gate("--timeout", "60") == 0
    assert Run.objects.count() == 1


def test_an_interrupt_keeps_what_was_asked_and_the_next_call_goes_on(
    good: Release, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_args: Any, **_kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(following, "work_results", interrupted)
        assert run_gate() == 130
    assert "call it again to go on" in capsys.readouterr().err
    assert Run.objects.get().state == "running"
    assert run_gate() == 0
    assert Run.objects.count() == 1
