"""What a support agent without a language model does with tools: looks up what it can fill in.

A tool that reads is called once all its arguments are known: from the customer's words, or from
what another tool returned. One that changes something is called when the customer's words name it,
everything it needs is known, and the customer has said yes to a summary. What tools return is read
as data: of all of it, only the fields that the customer asked about are said.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from llm.local.facts import asks_for, find_fact
from llm.local.text import content_stems, stem, words

_MOST_LOOKUPS = 6
_LONGEST_VALUE = 80
_MOST_FIELDS = 3
_VERBS = """
add book cancel change create delete exchange modify pay place refund remove return send set submit
update
"""
_CHANGES = frozenset(map(stem, _VERBS.split()))
_FULL_NAME = re.compile(r"\b(?:I am|I'm|[Mm]y name is|[Nn]ame:)\s+([A-Z][\w'-]+)\s+([A-Z][\w'-]+)")
_YES = re.compile(r"^\W*(?:yes|yep|yeah|correct|right|sure|ok|okay|please do)\b", re.IGNORECASE)
_ASKS_TO_CONFIRM = "Is that right?"


@dataclass(frozen=True)
class Used:
    """A call of a tool that was made, and what it returned."""

    name: str
    arguments: dict[str, Any]
    result: str

    @cached_property
    def data(self) -> Any:
        """The result as JSON, or the text itself; None for an error."""
        try:
            data = json.loads(self.result)
        except ValueError:
            data = self.result.strip()
        text = data if isinstance(data, str) else ""
        is_error = isinstance(data, dict) and "error" in data
        return None if is_error or text.lower().startswith("error") else data


@dataclass(frozen=True)
class Toolbox:
    """The tools of an agent, what they returned so far, and the talk around them."""

    tools: Sequence[Mapping[str, Any]]
    used: Sequence[Used]
    customer_texts: Sequence[str]
    replies: Sequence[str]

    def act(self) -> dict[str, Any] | None:
        """Calls to make, or a reply that tools are the ground of; None: they are of no use."""
        if len(self.used) < _MOST_LOOKUPS and (call := self._lookup()):
            return {"tool_calls": [call]}
        change = self._change()
        if change is not None:
            return change
        if said := self._told():
            return _result("answer", said, "a tool says so")
        return None

    def ask(self) -> dict[str, Any] | None:
        """Ask for what the first tool lacks that was not asked for yet; None: nothing is left."""
        for function in self._functions():
            lacking = [name for name in _required(function) if not self._value(name, function)]
            lacking = [name for name in lacking if _plain(name) and not self._was_asked(name)]
            if lacking and not _changes(function):
                names = [_plain(name) for name in lacking]
                text = f"Could you please tell me your {' and your '.join(names)}?"
                return _result("snooze", text, f"{function['name']} needs it", names)
        return None

    def _functions(self) -> Iterator[Mapping[str, Any]]:
        for tool in self.tools:
            function = tool.get("function")
            if isinstance(function, Mapping) and function.get("name"):
                yield function

    def _lookup(self) -> dict[str, Any] | None:
        """The first reading tool whose arguments are all known, and that was not called so."""
        made = [(use.name, use.arguments) for use in self.used]
        for function in self._functions():
            if _changes(function) or not _required(function):
                continue
            arguments = self._arguments(function)
            if arguments is not None and (function["name"], arguments) not in made:
                return _call(function, arguments)
        return None

    def _change(self) -> dict[str, Any] | None:
        """A change the customer asks for: made after a yes, else summed up; None: nothing is."""
        asked = {one for text in self.customer_texts for one in content_stems(text)}
        for function in self._functions():
            if not _changes(function) or not _stems(function["name"]) <= asked:
                continue
            arguments = self._arguments(function)
            if arguments is None:
                continue
            done = [use for use in self.used if use.name == function["name"]]
            if done:
                return self._report(function, done[-1])
            if self.replies and _ASKS_TO_CONFIRM in self.replies[-1]:
                if _YES.search(self.customer_texts[-1]):
                    return {"tool_calls": [_call(function, arguments)]}
                return None
            summary = ", ".join(f"{_plain(name)} {value}" for name, value in arguments.items())
            text = f"I am going to {_plain(function['name'])} ({summary}). {_ASKS_TO_CONFIRM}"
            return _result("snooze", text, "a change needs the customer's yes")
        return None

    def _report(self, function: Mapping[str, Any], use: Used) -> dict[str, Any] | None:
        """Say that it is done, once."""
        if use.data is None:
            return None
        status = use.data.get("status") if isinstance(use.data, dict) else None
        text = f"Done: {_plain(function['name'])}." + (
            f" The status is {status}." if status else ""
        )
        return None if text in self.replies else _result("answer", text, "the tool did it")

    def _told(self) -> str:
        """The fields of what was returned that the customer's last words name, in a sentence."""
        asked = set(content_stems(self.customer_texts[-1])) if self.customer_texts else set()
        found = {
            f"the {_plain(name)} is {value}": None
            for use in self.used
            for name, value in _fields(use.data)
            if _stems(name) and _stems(name) <= asked
        }
        if not found:
            return ""
        text = f"{'; '.join(list(found)[:_MOST_FIELDS])}."
        text = f"{text[:1].upper()}{text[1:]}"
        return "" if text in self.replies else text

    def _arguments(self, function: Mapping[str, Any]) -> dict[str, Any] | None:
        """The required arguments of a tool, or None when one is not known."""
        values = {name: self._value(name, function) for name in _required(function)}
        return values if all(values.values()) else None

    def _value(self, name: str, function: Mapping[str, Any]) -> str:
        """What is known under the name of an argument: said by the customer, or returned."""
        schema = _parameters(function).get(name) or {}
        if schema.get("type", "string") not in ("string", "integer", "number"):
            return ""
        said = "\n".join(self.customer_texts)
        if options := schema.get("enum"):
            return next((str(one) for one in options if str(one).lower() in said.lower()), "")
        if name in ("first_name", "last_name"):
            match = _FULL_NAME.search(said)
            return match.group(1 if name == "first_name" else 2) if match else ""
        return self._returned(name) or find_fact(_plain(name), said)

    def _returned(self, name: str) -> str:
        """The value that a tool returned under this name."""
        for use in self.used:
            if isinstance(use.data, str) and name in use.name and len(use.data) <= _LONGEST_VALUE:
                return use.data
            for field, value in _fields(use.data):
                if field == name and value:
                    return str(value)
        return ""

    def _was_asked(self, name: str) -> bool:
        return any(asks_for(_plain(name), reply) for reply in self.replies)


def _fields(data: Any) -> Iterator[tuple[str, str]]:
    """The named values at any depth of what a tool returned, short ones only."""
    if isinstance(data, dict):
        for name, value in data.items():
            if isinstance(value, str | int | float) and len(str(value)) <= _LONGEST_VALUE:
                yield str(name), str(value)
            yield from _fields(value)
    elif isinstance(data, list):
        for value in data:
            yield from _fields(value)


def _parameters(function: Mapping[str, Any]) -> Mapping[str, Any]:
    found = (function.get("parameters") or {}).get("properties")
    return found if isinstance(found, Mapping) else {}


def _required(function: Mapping[str, Any]) -> list[str]:
    given = (function.get("parameters") or {}).get("required")
    return [str(name) for name in given] if isinstance(given, list) else list(_parameters(function))


def _changes(function: Mapping[str, Any]) -> bool:
    """Whether a tool changes something, by the verb in its name."""
    return bool(_stems(function["name"]) & _CHANGES) and not function["name"].startswith("get_")


def _stems(name: str) -> set[str]:
    return set(content_stems(_plain(name)))


def _plain(name: str) -> str:
    """The name of a tool or field in words, without "id"."""
    spaced = re.sub(r"[_-]+|(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(word for word in words(spaced) if word != "id")


def _call(function: Mapping[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    return {"name": function["name"], "arguments": arguments}


def _result(action: str, reply: str, reason: str, missing: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "action": action,
        "reply": reply,
        "sources": [],
        "reason": reason,
        "missing_facts": list(missing),
    }
