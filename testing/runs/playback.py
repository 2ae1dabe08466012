"""Tools in a test: recorded results are played back, and nothing is ever really called.

A call is found by the tool's name and its arguments in one spelling. A call that was not recorded
is an error: the model gets it as the result, and the trial shows it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from accounts.models import Workspace
from llm.calls import ToolCalls
from testing.cases.content import cleaned_value
from testing.models import Case

NOT_RECORDED = "This call is not in the recording of the test, so its result is not known."
_LONGEST_SHOWN = 120

Played = dict[str, Any]


def play_back(case: Case, wanted: ToolCalls, workspace: Workspace) -> list[Played]:
    """The calls with what the recording says they return; arguments are masked as the case is."""
    recorded = {canonical(call): call["result"] for call in reversed(case.recording)}
    played: list[Played] = []
    for number, call in enumerate(wanted.calls):
        made = {"name": call.name, "arguments": cleaned_value(call.arguments, workspace)}
        result = recorded.get(canonical(made))
        played.append(
            made
            | {
                "id": call.id or f"call-{number}",
                "result": json.dumps({"error": NOT_RECORDED}) if result is None else result,
                "is_recorded": result is not None,
            }
        )
    return played


def canonical(call: Mapping[str, Any]) -> str:
    """Name and arguments of a call in one spelling: two calls with the same are the same call."""
    return json.dumps([call["name"], call.get("arguments", {})], sort_keys=True)


def missing_calls(case: Case, played: Iterable[Played]) -> list[str]:
    """The expected calls that were not made, as a person reads them."""
    made = Counter(map(canonical, played))
    wanted = Counter(map(canonical, case.expected_calls))
    lacking = wanted - made
    return [shown(call) for call in _once(case.expected_calls) if lacking[canonical(call)]]


def unexpected_writes(case: Case, played: Sequence[Played]) -> list[str]:
    """Calls that change something and that the case does not expect, or not that often."""
    writes = [call for call in played if call["name"] in case.writing_tools]
    surplus = Counter(map(canonical, writes)) - Counter(map(canonical, case.expected_calls))
    return [shown(call) for call in _once(writes) if surplus[canonical(call)]]


def shown(call: Mapping[str, Any]) -> str:
    """A call as a person reads it, shortened."""
    given = ", ".join(
        f"{name}: {json.dumps(value, ensure_ascii=False)}"
        for name, value in sorted(call.get("arguments", {}).items())
    )
    text = f"{call['name']}({given})"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def _once(calls: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The calls, equal ones once."""
    return list({canonical(call): call for call in calls}.values())
