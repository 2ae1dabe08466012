"""`manage.py ingest`, `recompute_outcomes` and `measure`."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from context.models import Agent, Measurement
from conversations.models import Conversation
from tests.make import make_agent, make_chat

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    """The agent the commands are about."""
    return make_agent()


def written(folder: Path, *lines: Any, name: str = "chats.jsonl") -> str:
    """A file of these lines; what is no text is written as JSON."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path = folder / name
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return str(path)


def run(*arguments: str) -> tuple[dict[str, Any], str, int]:
    """What a command prints as JSON, what it complains about, and its exit code."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*arguments, "--agent", "bot", "--json", stdout=out, stderr=err)
    except SystemExit as stop:
        code = int(str(stop.code))
    return json.loads(out.getvalue()), err.getvalue(), code


def test_a_file_is_taken_in_and_the_second_time_nothing_changes(
    agent: Agent, tmp_path: Path
) -> None:
    path = written(tmp_path, make_chat("a"), "", make_chat("b"))
    done, complaints, code = run("ingest", path)
    assert (done["created"], done["refused"], complaints, code) == (2, 0, "", 0)
    done, _, _ = run("ingest", path)
    assert (done["created"], done["unchanged"]) == (0, 2)


def test_every_bad_line_is_named_by_its_number_and_the_others_stored(
    agent: Agent, tmp_path: Path
) -> None:
    bad = make_chat("bad", opened_at="soon")
    path = written(tmp_path, make_chat("a"), "{not json", bad, "[" * 100_000, make_chat("b"))
    done, complaints, code = run("ingest", path)
    assert code == 1
    assert (done["created"], done["refused"]) == (2, 3)
    assert [error["line"] for error in done["errors"]] == [2, 3, 4]
    assert f"{path}:3: opened_at: " in complaints
    assert f"{path}:2: line: not JSON" in complaints
    assert Conversation.objects.count() == 2


def test_the_standard_input_is_a_file_too(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        """A standard input that holds one conversation."""

        buffer = io.BytesIO(json.dumps(make_chat()).encode())

    monkeypatch.setattr("sys.stdin", Stdin())
    done, _, code = run("ingest", "-")
    assert (done["created"], code) == (1, 0)


def test_a_file_that_is_not_there_is_a_clear_error(agent: Agent, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run("ingest", str(tmp_path / "none.jsonl"))


def test_an_unknown_agent_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="does not exist"):
        run("ingest", written(tmp_path, make_chat()))


HEAD = "source,external_id,channel,opened_at,tags,csat_score,message_id,author,public,text,sent_at"


def test_a_csv_file_has_one_message_a_row(agent: Agent, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        HEAD,
        'csv,c-1,email,2026-11-17T10:00:00Z,vip;ai_close,5,m1,customer,,"Hi,',
        'where is it?",2026-11-17T10:00:00Z',
        "csv,c-1,email,2026-11-17T10:00:00Z,,,m2,ai,yes,Here.,2026-11-17T10:01:00Z",
        "csv,c-1,email,2026-11-17T10:00:00Z,,,m3,human,no,a note,",
        "csv,c-2,email,2026-11-17T11:00:00Z,,,,,,,",
        "csv,c-3,email,soon,,ten,,,,,",
        name="chats.csv",
    )
    done, complaints, code = run("ingest", path, "--format", "csv")
    assert (done["created"], done["refused"], code) == (2, 1, 1)
    assert f"{path}:7: opened_at" in complaints
    assert "csat.score" in complaints
    row = Conversation.objects.get(external_id="c-1")
    assert (row.tags, row.csat_score, row.message_count) == (["vip", "ai_close"], 5, 3)
    assert row.messages.get(external_id="m1").text == "Hi,\nwhere is it?"
    assert [message.public for message in row.messages.all()] == [True, True, False]
    assert Conversation.objects.get(external_id="c-2").message_count == 0


def test_a_csv_file_with_other_columns_is_refused(agent: Agent, tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEAD},colour", name="chats.csv")
    with pytest.raises(CommandError, match="unknown columns: colour"):
        run("ingest", path, "--format", "csv")


def test_outcomes_are_derived_again(agent: Agent, tmp_path: Path) -> None:
    run("ingest", written(tmp_path, make_chat()))
    Conversation.objects.update(outcome="ai_resolved")
    assert run("recompute_outcomes", "--waiting")[0]["changed"] == 0
    assert run("recompute_outcomes")[0]["changed"] == 1
    assert Conversation.objects.get().outcome == "pending"


def test_days_are_counted_again(agent: Agent, tmp_path: Path) -> None:
    run("ingest", written(tmp_path, make_chat()))
    Measurement.objects.all().delete()
    assert run("measure", "--week", "2026-W46")[0]["days"] == 7
    assert not Measurement.objects.exists()
    assert run("measure")[0]["days"] == 1
    assert Measurement.objects.get(figure="conversations").total == 1
