"""`import_cases` and `export_cases`: files of cases from a terminal."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from testing.cases.suites import suite_of
from tests.make import NOW, make_agent, make_case

pytestmark = pytest.mark.django_db


def run_command(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_cases_go_out_and_come_in_by_command(tmp_path: Path) -> None:
    agent = make_agent()
    case = make_case(agent)
    make_case(agent, "Where is it?", tags=["x"])
    for form in ("jsonl", "csv", "yaml"):
        file = tmp_path / f"cases.{form}"
        run_command("export_cases", "--agent", "bot", "--suite", "regression", "--out", str(file))
        given = ["import_cases", str(file), "--agent", "bot", "--suite", "questions"]
        assert "2 created" in run_command(*given, "--dry-run")
    assert "2 created" in run_command(*given)
    assert "2 unchanged" in run_command(*given)
    assert agent.suites.get(slug="questions").cases.get(key=case.key).content() == case.content()


def test_a_file_with_bad_cases_fails_the_command_and_keeps_the_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    agent = make_agent()
    suite_of(agent, "regression", NOW)
    file = tmp_path / "cases.yaml"
    file.write_text("- question: Good?\n- question: 3\n")
    with pytest.raises(SystemExit):
        run_command("import_cases", str(file), "--agent", "bot", "--suite", "regression")
    assert "line 2: question" in capsys.readouterr().err
    assert agent.suites.get(slug="regression").cases.get().question == "Good?"
    with pytest.raises(CommandError, match="no suite 'nope'"):
        run_command("import_cases", str(file), "--agent", "bot", "--suite", "nope")
    with pytest.raises(CommandError, match="No such file"):
        run_command("import_cases", "gone.csv", "--agent", "bot", "--suite", "regression")
