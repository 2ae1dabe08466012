"""tau-bench's tasks become cases: the calls that solve them, and what the tools returned."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from context.files.folders import read_folder
from context.models import Agent
from testing.cases.suites import suite_of
from testing.exchange.entries import UnreadableFile
from testing.exchange.tau import OPENING, read_tau
from testing.models import Result
from testing.runs.runner import start_run, work_results
from tests.make import NOW, make_agent, make_live_release

SHARED = Path(__file__).parents[3] / "shared" / "data"
SETTINGS = Path(__file__).parents[2] / "bench" / "retail"
CANCEL = {"order_id": "#W1", "reason": "no longer needed"}
ORDER = {"order_id": "#W1", "status": "pending", "items": [{"product_id": "55"}]}
USER = {
    "name": {"first_name": "Ada", "last_name": "Hill"},
    "email": "ada.hill@example.com",
    "address": {"zip": "10115"},
    "orders": ["#W1"],
}
RECORDS = [
    {"table": "users", "id": "ada_hill_7", "row": USER},
    {"table": "orders", "id": "#W1", "row": ORDER},
    {"table": "orders", "id": "#W2", "row": {"order_id": "#W2"}},
    {"table": "products", "id": "55", "row": {"name": "Lamp", "product_id": "55"}},
]
TASK = {
    "task_id": "7",
    "user_id": "ada_hill_7",
    "instruction": "You are Ada Hill in 10115. You want to cancel your order, it is not needed.",
    "expected_actions": [
        {"name": "find_user_id_by_name_zip", "kwargs": USER["name"] | USER["address"]},  # type: ignore[operator]
        {"name": "get_order_details", "kwargs": {"order_id": "#W1"}},
        {"name": "get_product_details", "kwargs": {"product_id": "55"}},
        {"name": "list_all_product_types", "kwargs": {}},
        {"name": "cancel_pending_order", "kwargs": CANCEL},
    ],
    "expected_outputs": ["12.50"],
}


def lines(*rows: dict[str, Any]) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def chat(*calls: tuple[str, dict[str, Any], str], task: str = "7") -> dict[str, Any]:
    """A conversation about a task, with these calls and results."""
    messages: list[dict[str, Any]] = [{"role": "customer", "text": "Hi, please cancel my order."}]
    for name, arguments, result in calls:
        wanted = [{"name": name, "arguments": arguments}]
        messages += [
            {"role": "ai_agent", "text": "", "tool_calls": wanted},
            {"role": "tool", "name": name, "text": result},
        ]
    return {"messages": messages, "meta": {"task_id": task}}


def body(*chats: dict[str, Any], records: bool = True, **task: Any) -> dict[str, Any]:
    shop = lines(*RECORDS) if records else ""
    [entry] = read_tau(lines(TASK | task), lines(*chats), shop)
    assert not entry.errors
    found: dict[str, Any] = entry.body
    return found


def recorded(case: dict[str, Any]) -> dict[str, str]:
    return {
        f"{call['name']} {' '.join(map(str, call['arguments'].values()))}".strip(): call["result"]
        for call in case["recording"]
    }


def test_a_task_is_a_simulated_customer_with_the_calls_that_change_something() -> None:
    case = body(chat())
    assert (case["kind"], case["key"], case["goal"]) == ("customer", "task-7", TASK["instruction"])
    assert case["question"] == "Hi, please cancel my order."
    assert case["known_facts"] == ["name: Ada Hill", "zip code: 10115"]
    assert case["expected_calls"] == [{"name": "cancel_pending_order", "arguments": CANCEL}]
    assert case["writing_tools"] == ["cancel_pending_order"]
    assert case["expected_facts"] == ["12.50"] and case["expected_action"] == ""


def test_a_task_that_ends_with_a_transfer_expects_a_handover() -> None:
    actions = [{"name": "transfer_to_human_agents", "kwargs": {"summary": "angry"}}]
    case = body(expected_actions=actions)
    assert case["expected_action"] == "handover" and case["expected_calls"] == []


def test_reads_are_recorded_from_the_records_the_task_touches() -> None:
    found = recorded(body())
    assert found["find_user_id_by_name_zip Ada Hill 10115"] == "ada_hill_7"
    assert json.loads(found["get_order_details #W1"]) == ORDER
    assert json.loads(found["list_all_product_types"]) == {"Lamp": "55"}
    assert "get_product_details 55" in found and "get_order_details #W2" not in found


def test_what_agents_were_told_is_recorded_and_records_come_first() -> None:
    done = ("cancel_pending_order", CANCEL, '{"status": "cancelled"}')
    stale = ("get_order_details", {"order_id": "#W1"}, '{"status": "cancelled"}')
    found = recorded(body(chat(done, stale)))
    assert found["cancel_pending_order #W1 no longer needed"] == '{"status": "cancelled"}'
    assert json.loads(found["get_order_details #W1"]) == ORDER


def test_a_tool_that_did_not_run_is_not_recorded_and_a_result_is_better_than_an_error() -> None:
    down = ("cancel_pending_order", CANCEL, "Error: 503 Service Unavailable")
    late = ("cancel_pending_order", CANCEL, "Error: non-pending order cannot be cancelled")
    done = ("cancel_pending_order", CANCEL, '{"status": "cancelled"}')
    assert recorded(body(chat(down), records=False)) == {}
    assert list(recorded(body(chat(late), chat(done), records=False)).values()) == [done[2]]


def test_an_expected_call_that_nobody_recorded_is_named() -> None:
    [entry] = read_tau(lines(TASK), lines(chat()), lines(*RECORDS))
    assert entry.left_out[0].startswith("no recorded result of the expected call cancel_pending")


def test_conversations_about_other_tasks_are_left_alone() -> None:
    case = body(chat(("cancel_pending_order", CANCEL, "{}"), task="8"), records=False)
    assert case["recording"] == [] and case["question"] == OPENING


def test_what_is_no_task_is_named_and_what_is_no_file_is_refused() -> None:
    [good, bad] = read_tau(lines(TASK, {"task_id": "1"}))
    assert not good.errors and bad.errors[0]["field"] == "instruction" and bad.place == "line 2"
    with pytest.raises(UnreadableFile, match="Line 1 of the tasks"):
        read_tau("[")
    with pytest.raises(UnreadableFile, match="Record 1"):
        read_tau(lines(TASK), "", lines({"table": "users"}))


@pytest.mark.django_db
def test_a_file_is_imported_once(tmp_path: Path, capsys: Any) -> None:
    agent = make_agent()
    (tmp_path / "tasks.jsonl").write_text(lines(TASK))
    with gzip.open(tmp_path / "records.jsonl.gz", "wt") as file:
        file.write(lines(*RECORDS))
    for expected in ("1 created", "1 unchanged"):
        call_command(
            *("import_cases", str(tmp_path / "tasks.jsonl"), "--agent", agent.slug),
            *("--suite", "regression", "--format", "tau", "--approve"),
            *("--records", str(tmp_path / "records.jsonl.gz")),
        )
        assert expected in capsys.readouterr().out
    [case] = suite_of(agent, "regression", NOW).approved_cases()
    assert case.goal == TASK["instruction"] and len(case.recording) == 4


@pytest.mark.django_db
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared data")
def test_the_retail_tasks_run_as_a_suite(tmp_path: Path) -> None:
    agent: Agent = make_agent()
    folder = tmp_path / "release"
    folder.mkdir()
    policy = (SHARED / "policies" / "tau1_retail_policy.md").read_text()
    (folder / "prompt.md").write_text(policy)
    (folder / "settings.toml").write_text((SETTINGS / "settings.toml").read_text())
    release = make_live_release(agent, read_folder(folder, "").content())
    chats = tmp_path / "chats.jsonl"
    with gzip.open(SHARED / "conversations" / "tau_retail.jsonl.gz", "rt") as rows:
        chats.write_text("".join(row for row in rows if '"external_id":"tau1-' in row))
    tasks = SHARED / "tasks"
    call_command(
        *("import_cases", str(tasks / "tau1_retail_tasks.jsonl.gz"), "--agent", agent.slug),
        *("--suite", "regression", "--format", "tau", "--approve"),
        *("--conversations", str(chats)),
        *("--records", str(tasks / "tau1_retail_backoffice.jsonl.gz")),
    )
    run = start_run(suite_of(agent, "regression", NOW), release, at=NOW, trials=1)
    work_results(run, lambda: NOW)
    results = list(run.results.all())
    assert len(results) == 115 and all(result.ending for result in results)
    graded = [result for result in results if result.passed is not None]
    assert len(graded) + sum(result.calls_outside > 0 for result in results) >= 115
    assert Result.objects.filter(steps__kind="tools").distinct().count() > 100
