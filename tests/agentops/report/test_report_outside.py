"""The report as files and over REST."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from context.models import Agent, WeeklyReport
from tests.make import make_client, make_key, make_workspace
from tests.pages.loop import make_loop

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 11, 24, 9, tzinfo=UTC)
BASE = "/api/v1/agents/bot/reports/"


@pytest.fixture
def agent() -> Agent:
    """An agent with two weeks of everything."""
    return make_loop(LATER)


@time_machine.travel(LATER)
def test_the_command_writes_a_file_that_needs_nothing_beside_it(
    agent: Agent, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("report", agent="bot", out=tmp_path / "week.html")
    call_command("report", agent="bot", out=tmp_path / "week.pdf")
    page = (tmp_path / "week.html").read_text()
    assert "28 conversations came in" in page
    assert "data:image/png;base64," in page
    assert "<script" not in page
    assert (tmp_path / "week.pdf").read_bytes().startswith(b"%PDF-")
    assert WeeklyReport.objects.count() == 1
    assert "2026-W47, provisional" in capsys.readouterr().err


@time_machine.travel(LATER)
def test_the_command_prints_text_or_json(agent: Agent, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("report", agent="bot", week="2026-W47")
    assert "IN SHORT\n- 28 conversations came in" in capsys.readouterr().out
    call_command("report", agent="bot", json=True)
    assert json.loads(capsys.readouterr().out)["week"] == "2026-W47"


@time_machine.travel(LATER)
@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"week": "2026-W48"}, "has not ended yet"),
        ({"week": "soon"}, "--week"),
        ({"out": Path("week.doc")}, r"\.html or \.pdf"),
        ({"out": Path("/nowhere/week.pdf")}, "No such file"),
    ],
)
def test_what_the_command_cannot_do_it_says(
    agent: Agent, given: dict[str, object], fault: str
) -> None:
    with pytest.raises(CommandError, match=fault):
        call_command("report", agent="bot", **given)


@time_machine.travel(LATER)
def test_rest_gives_the_list_and_each_form(agent: Agent) -> None:
    call_command("report", agent="bot", out=None, week="2026-W47")
    client = make_client(make_key(agent.workspace, "read"))
    [row] = client.get(BASE).json()["data"]
    assert (row["week"], row["version"], row["status"]) == ("2026-W47", 1, "provisional")
    answer = client.get(f"{BASE}2026-W47/").json()
    assert answer["sections"][0]["lines"][0]["text"].startswith("28 conversations came in")
    assert answer["data"]["conversations"] == 28
    page = client.get(f"{BASE}2026-W47/?format=html")
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert b"28 conversations" in page.content
    paper = client.get(f"{BASE}2026-W47/", headers={"accept": "application/pdf"})
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-")


@time_machine.travel(LATER)
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("2026-W40/", 404, "not_found"),
        ("someday/", 422, "invalid"),
        ("2026-W47/?version=x", 422, "invalid"),
        ("2026-W47/?version=9", 404, "not_found"),
        ("2026-W40/?format=pdf", 404, "not_found"),
    ],
)
def test_what_rest_does_not_have_is_a_problem(
    agent: Agent, path: str, status: int, code: str
) -> None:
    call_command("report", agent="bot", week="2026-W47")
    client = make_client(make_key(agent.workspace, "read"))
    answer = client.get(f"{BASE}{path}")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (status, code)


def test_a_key_of_another_workspace_sees_nothing(agent: Agent) -> None:
    client = make_client(make_key(make_workspace("other"), "read"))
    assert client.get(BASE).status_code == 404
