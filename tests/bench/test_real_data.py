"""`./run bench real_data`: a handful of odd conversations go through the whole of it."""

import gzip
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bench.load_real import FILES, FOLDER, read
from bench.real import sources
from bench.real.reviewing import verdict
from bench.real.truth import CrossTable, cross_table, replay
from bench.real.trying import passes_without_grade
from conversations.schema import ConversationIn

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 22)
Json = dict[str, Any]

POLICY = """# Shop policy

You help with orders. Authenticate the customer first.

## Cancel pending order

- An order can only be cancelled if its status is 'pending'.

### Refunds

- A refund to a gift card is immediate, otherwise it takes 5 to 7 business days.
"""


def make_raw(name: str, *texts: tuple[str, str], **fields: Any) -> Json:
    """A chat in the neutral form, without times; `texts` are (role, text)."""
    raw: Json = {
        "external_id": name,
        "opened_at": None,
        "messages": [{"role": role, "text": text} for role, text in texts],
        "outcome": {"success": True, "transferred_to_human": False},
        "source": {"dataset": "tau-bench"},
        "meta": {"domain": "retail"},
    }
    return raw | fields


def odd_chats() -> list[Json]:
    """Calls of tools, JSON for a text, an empty message, 64 messages, a recorded time, a handover,
    and a refund whose decimals look like a card number.
    """
    ask, answer = ("customer", "Cancel my order #W1, please"), ("ai_agent", "It is cancelled.")
    call = {"role": "ai_agent", "text": "", "tool_calls": [{"name": "cancel", "arguments": {}}]}
    result = {"role": "tool", "name": "cancel", "text": '{"amount": 6.280000000000001}'}
    called = make_raw("calls", ask)
    called["messages"] += [call, result, {"role": "ai_agent", "text": "Done, it is cancelled."}]
    timed = make_raw("timed", ask, answer, opened_at="2025-08-01T10:00:00Z")
    timed |= {"source": {"dataset": "tau2-bench"}}
    handed = {"success": False, "transferred_to_human": True}
    return [
        called,
        timed,
        make_raw("json", ask, ("ai_agent", '{"message": "It is cancelled.\\n<b>Bye</b>"}')),
        make_raw("empty", ask, ("ai_agent", ""), ("customer", "Hello?"), answer),
        make_raw("long", *[ask, answer] * 32),
        make_raw("handover", ask, ("ai_agent", "I pass you on."), outcome=handed),
    ]


def make_tasks() -> list[Json]:
    """A task that ends in a handover, one with facts to tell, and one without."""
    transfer = [{"name": "find_user", "kwargs": {}}, {"name": sources.HANDOVER, "kwargs": {}}]
    return [
        {"task_id": "0", "instruction": "I want a person", "expected_actions": transfer}
        | {"expected_outputs": []},
        {"task_id": "1", "instruction": "How long does a refund take? I paid by card."}
        | {"expected_actions": [], "expected_outputs": ["5 to 7"]},
        {"task_id": "2", "instruction": "Cancel order #W2", "expected_outputs": []}
        | {"expected_actions": [{"name": "cancel", "kwargs": {}}]},
    ]


def write_gzip(path: Path, rows: list[Json]) -> None:
    """Rows as packed JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A data folder laid out as the public one."""
    people = ("human_agent", "It is on its way.")
    star = make_raw("star-1", ("customer", "Where is it?"), people, outcome=None)
    abcd = make_raw("abcd-1", ("system", "Account found."), people, outcome=None)
    write_gzip(tmp_path / "conversations" / sources.RETAIL, odd_chats())
    write_gzip(tmp_path / "conversations" / sources.PEOPLE[0], [star])
    (tmp_path / "conversations" / sources.PEOPLE[1]).write_text(json.dumps(abcd) + "\n")
    (tmp_path / "policies").mkdir()
    for place, (name, _) in enumerate(sources.POLICIES.values()):
        text = POLICY + place * "\n## Returns\n\nUnworn items can be returned.\n"
        (tmp_path / "policies" / name).write_text(text)
    write_gzip(tmp_path / "tasks" / sources.TASKS, make_tasks())
    return tmp_path


def run_bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a person types it, on SQLite, away from this test's data folder."""
    left_out = {"DATABASE_URL", "DATA_DIR", "DJANGO_SETTINGS_MODULE"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    command = [sys.executable, "-m", "bench", "real_data", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_odd_conversations_go_through_the_whole_loop(shared: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    done = run_bench("--shared", str(shared), "--keep", str(kept), "--trials", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| load | tau chats | created 6 |" in done.stdout
    assert "| load | tau chats, sent again | unchanged 6 |" in done.stdout
    assert "| load | star chats | created 1 |" in done.stdout
    assert "| review | reviews by local-1 | done 6 |" in done.stdout
    assert "verdicts of 3 people over REST" in done.stdout
    assert "| suite | cases from tasks | created 3 |" in done.stdout
    assert "| gate | publish release 2 | live |" in done.stdout
    assert "FAULT" not in done.stdout
    assert (kept / "agentops.sqlite3").is_file()


def test_a_folder_that_is_in_use_is_a_fault_and_not_a_success(shared: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    (kept / "agentops.sqlite3").mkdir(parents=True)
    done = run_bench("--shared", str(shared), "--keep", str(kept))
    assert done.returncode == 1
    assert "FAULT: manage.py migrate" in done.stdout


def test_without_the_data_it_says_what_is_missing(tmp_path: Path) -> None:
    done = run_bench("--shared", str(tmp_path))
    assert done.returncode == 2
    assert sources.RETAIL in done.stderr


def test_chats_without_times_fall_on_the_day_and_name_their_release() -> None:
    found = {one["external_id"]: one for one in sources.payloads(odd_chats(), DAY, releases=True)}
    assert found["calls"]["opened_at"].startswith("2026-11-22T09:00")
    assert found["timed"]["opened_at"].startswith("2025-08-01T10:00")
    assert found["timed"]["closed_at"].startswith("2025-08-01T10:30")
    assert (found["calls"]["release"], found["timed"]["release"]) == (1, 2)
    authors = [message["author"] for message in found["calls"]["messages"]]
    assert authors == ["customer", "tool", "tool", "ai"]
    assert found["handover"]["tags"] == ["ai_answered", "ai_handover"]


def test_a_policy_becomes_a_prompt_and_a_document_for_each_heading(shared: Path) -> None:
    release = sources.policy(shared, "tau-bench")
    assert release["prompt"].endswith("Authenticate the customer first.")
    slugs = [document["slug"] for document in release["documents"]]
    assert slugs == ["cancel-pending-order", "refunds"]
    kept = " ".join([release["prompt"], *(one["body"] for one in release["documents"])])
    assert all(line in kept for line in POLICY.splitlines() if not line.startswith("##"))


def test_a_case_expects_a_handover_where_the_reference_ends_in_one(shared: Path) -> None:
    cases = sources.cases(shared)
    assert [case["expected_action"] for case in cases] == ["handover", "answer", "answer"]
    assert cases[1]["expected_facts"] == ["5 to 7"]


def test_what_was_not_done_fails_the_conversation() -> None:
    criteria = [{"key": key} for key in ("resolved", "grounded", "action", "tone")]
    item = {"criteria": criteria}
    failed = {
        key: one["verdict"] for key, one in verdict(item, "ada", is_done=False)["answers"].items()
    }
    assert failed == {"resolved": "fail", "grounded": "fail", "action": "fail", "tone": "pass"}
    passed = verdict(item, "ada", is_done=True)["answers"]
    assert {one["verdict"] for one in passed.values()} == {"pass"}


@pytest.mark.parametrize(
    ("trial", "is_invented"),
    [
        ({"passed": True, "state": "done", "failures": [], "grade_model": "local-1"}, False),
        ({"passed": False, "state": "done", "failures": ["no"], "grade_model": ""}, False),
        ({"passed": None, "state": "failed", "failures": [], "grade_model": ""}, False),
        ({"passed": True, "state": "done", "failures": [], "grade_model": ""}, True),
        ({"passed": True, "state": "failed", "failures": [], "grade_model": "local-1"}, True),
        ({"passed": True, "state": "done", "failures": ["no"], "grade_model": "local-1"}, True),
    ],
)
def test_a_pass_without_a_grade_is_found(trial: Json, is_invented: bool) -> None:
    found = passes_without_grade([trial | {"key": "a"}], {"a"})
    assert bool(found) == is_invented


def test_the_judge_is_counted_against_the_truth() -> None:
    truth = {"a": False, "b": False, "c": True, "d": True, "e": True}
    judged = {"a": False, "b": True, "c": True, "d": True, "e": False}
    table = cross_table(judged, truth)
    assert table == CrossTable(1, 1, 1, 2)
    assert table.sensitivity.estimate == pytest.approx(1 / 2)
    assert table.specificity.estimate == pytest.approx(2 / 3)


@pytest.mark.parametrize("worth", ["good", "none"])
def test_the_figure_of_many_draws_is_right_whatever_the_judge_is_worth(worth: str) -> None:
    truth = {f"c{number}": number % 5 != 0 for number in range(1000)}
    good = {key: 5 if done else 1 for key, done in truth.items()}
    none = {key: 1 + number % 3 * 2 for number, key in enumerate(truth)}
    found = replay(good if worth == "good" else none, truth, budget=30, draws=200)
    assert found.truth == pytest.approx(0.8)
    assert found.mean == pytest.approx(0.8, abs=0.02)
    assert found.coverage >= 0.9


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the public data is not beside the repository")
@pytest.mark.parametrize("name", FILES)
def test_real_chats_fit_the_schema(name: str) -> None:
    chats = list(read(FOLDER / name))[::7]
    for payload in sources.payloads(chats, DAY, releases=False):
        ConversationIn.model_validate(payload)
