"""tau-bench's tasks as cases: a simulated customer, recorded tools, and the calls that solve it.

Three files of JSON lines, of which only the first is needed (docs/testing.md has their columns):
tasks; conversations in which agents worked them, for what tools returned; and the shop's records,
for what its reading tools return.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from accounts.faults import field_errors
from testing.exchange.entries import Entry, UnreadableFile
from testing.exchange.tau_records import Records, Signatures
from testing.runs.playback import canonical, shown

OPENING = "Hello, I need some help."
HANDS_OVER = "transfer_to_human_agents"
MOST_TURNS = 20
_READS = re.compile(r"(?:get|find|list|search|check|count|calculate|think|transfer)(?:_|$)")
# What a tool says when it did not run: nothing a playback may repeat.
_BROKEN = re.compile(r"Error: (?:5\d\d\b|Error executing tool)")
_ORDER = re.compile(r"#W\d+")

Json = dict[str, Any]


class Action(BaseModel):
    """A call that solves a task, or a part of it."""

    name: str
    arguments: Annotated[Json, Field(alias="kwargs")] = {}


class Task(BaseModel):
    """A task as tau-bench has it; other columns are left alone."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    task_id: Annotated[str, Field(min_length=1, max_length=90)]
    instruction: Annotated[str, Field(min_length=1)]
    user_id: str = ""
    expected_actions: list[Action] = []
    expected_outputs: list[str] = []


@dataclass
class Recorded:
    """What agents were told by tools while they worked a task, and how its customers began."""

    opening: str = ""
    calls: dict[str, Json] = field(default_factory=dict)

    def add(self, call: Json) -> None:
        """Keep a call with its result; a result is better than an error, the first is the best."""
        if _BROKEN.match(call["result"]):
            return
        known = self.calls.get(canonical(call))
        if known is None or (_is_error(known) and not _is_error(call)):
            self.calls[canonical(call)] = call


def read_tau(
    tasks: str,
    conversations: str = "",
    records: str = "",
    *,
    writes: Iterable[str] = (),
    status: str = "draft",
) -> list[Entry]:
    """The cases of tau-bench's tasks; `writes` names the tools that change something, where their
    names do not say it. Raises UnreadableFile for a file that is not JSON lines.
    """
    given = [_task(place, row) for place, row in _rows(tasks, "tasks")]
    good = [task for task in given if isinstance(task, Task)]
    tools = {action.name for task in good for action in task.expected_actions}
    recorded = _recorded(conversations, tools)
    signatures = Signatures.of(
        [*(_plain(action) for task in good for action in task.expected_actions)],
        *(one.calls.values() for one in recorded.values()),
    )
    shop = Records.read([row for _, row in _rows(records, "records")])
    changing = sorted(set(writes) or {name for name in tools if not _READS.match(name)})
    entries: list[Entry] = []
    for task in given:
        if isinstance(task, Task):
            own = recorded.get(task.task_id, Recorded())
            task = _entry(task, own, shop, signatures, changing)
            task.body["status"] = status
        entries.append(task)
    return entries


def _rows(text: str, what: str) -> Iterator[tuple[str, Json]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UnreadableFile(f"Line {number} of the {what} is no JSON: {error}.") from None
        if not isinstance(row, dict):
            raise UnreadableFile(f"Line {number} of the {what} is no JSON object.")
        yield f"line {number}", row


def _task(place: str, row: Json) -> Task | Entry:
    try:
        return Task.model_validate(row)
    except ValidationError as error:
        return Entry(place, errors=field_errors(error))


def _recorded(conversations: str, tools: set[str]) -> dict[str, Recorded]:
    """By task, what was recorded in the conversations about it: of the tools that tasks expect."""
    found: dict[str, Recorded] = {}
    for _, row in _rows(conversations, "conversations"):
        task = found.setdefault(str((row.get("meta") or {}).get("task_id", "")), Recorded())
        messages = [one for one in row.get("messages") or [] if isinstance(one, dict)]
        said = (one.get("text") for one in messages if one.get("role") == "customer")
        task.opening = task.opening or str(next(said, "") or "").strip()
        for call in _calls(messages):
            if call["name"] in tools and call["name"] != HANDS_OVER:
                task.add(call)
    return found


def _calls(messages: list[Json]) -> Iterator[Json]:
    """The calls of a conversation with their results, in their order."""
    waiting: list[Json] = []
    for message in messages:
        waiting += [call for call in message.get("tool_calls") or [] if isinstance(call, dict)]
        if message.get("role") == "tool" and waiting:
            call = waiting.pop(0)
            arguments = call.get("arguments")
            if isinstance(arguments, dict) and call.get("name") == message.get("name"):
                result = str(message.get("text") or "")
                yield {"name": call["name"], "arguments": arguments, "result": result}


def _entry(
    task: Task, recorded: Recorded, shop: Records, signatures: Signatures, changing: list[str]
) -> Entry:
    """A task as a case, with what its recording lacks."""
    actions = [_plain(action) for action in task.expected_actions if action.name in changing]
    touched = [task.user_id, *_ORDER.findall(task.instruction), *_texts(task.expected_actions)]
    reads = shop.reads(touched, signatures)
    expected = {canonical(call) for call in actions}
    # Of two calls that masking makes equal the first is played back: what the records say.
    calls = {canonical(call): call for call in reads}
    for key, call in recorded.calls.items():
        if not (key in expected and _is_error(call)):
            calls.setdefault(key, call)
    hands_over = any(action.name == HANDS_OVER for action in task.expected_actions)
    body = {
        "key": f"task-{task.task_id}",
        "kind": "customer",
        "question": (recorded.opening or OPENING)[:5000],
        "goal": task.instruction,
        "known_facts": shop.facts_of(task.user_id, task.instruction),
        "max_turns": MOST_TURNS,
        "expected_action": "handover" if hands_over else "",
        "expected_facts": task.expected_outputs,
        "expected_calls": actions,
        "writing_tools": changing,
        "recording": list(calls.values()),
        "tags": ["tau"],
    }
    lacking = [
        f"no recorded result of the expected call {shown(call)}"
        for call in actions
        if canonical(call) not in calls
    ]
    return Entry(f"task {task.task_id}", body, left_out=lacking)


def _plain(action: Action) -> Json:
    return {"name": action.name, "arguments": action.arguments}


def _texts(actions: Iterable[Action]) -> list[str]:
    """The texts among the arguments of calls: ids of what they are about."""
    values = [value for action in actions for value in action.arguments.values()]
    return [value for value in values if isinstance(value, str)]


def _is_error(call: Mapping[str, Any]) -> bool:
    return str(call["result"]).startswith("Error")
