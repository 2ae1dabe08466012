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
from llm.local.functions import (
    CHANGES,
    LONGEST_VALUE,
    changes,
    fields,
    in_words,
    parameters,
    required,
    stems,
)
from llm.local.text import content_stems

_MOST_LOOKUPS = 8
_MOST_FIELDS = 3
_FULL_NAME = re.compile(r"\b(?:I am|I'm|[Mm]y name is|[Nn]ame:)\s+([A-Z][\w'-]+)\s+([A-Z][\w'-]+)")
_YES = re.compile(r"^\W*(?:yes|yep|yeah|correct|right|sure|ok|okay|please do)\b", re.IGNORECASE)
_ASKS_TO_CONFIRM = "Is that right?"
_WHAT_ELSE = "Thank you, I have found it. What can I do for you?"


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
            if self._was_found(function):
                continue
            lacking = [name for name in required(function) if not self._values(name, function)]
            lacking = [name for name in lacking if in_words(name) and not self._was_asked(name)]
            if lacking and not changes(function):
                names = [in_words(name) for name in lacking]
                text = f"Could you please tell me your {' and your '.join(names)}?"
                return _result("snooze", text, f"{function['name']} needs it", names)
        if any(use.data is not None for use in self.used) and _WHAT_ELSE not in self.replies:
            return _result("snooze", _WHAT_ELSE, "nothing of what was found is asked for")
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
            if changes(function) or not required(function) or self._was_found(function):
                continue
            for arguments in self._arguments(function):
                if (function["name"], arguments) not in made:
                    return _call(function, arguments)
        return None

    def _was_found(self, function: Mapping[str, Any]) -> bool:
        """Whether another tool has found what this one looks for: find_id_by_email, by_name."""
        sought, by, _ = function["name"].partition("_by_")
        return bool(by) and any(
            use.data is not None and use.name.startswith(f"{sought}_by_") for use in self.used
        )

    def _change(self) -> dict[str, Any] | None:
        """A change the customer asks for: made after a yes, else summed up; None: nothing is."""
        asked = {one for text in self.customer_texts for one in content_stems(text)}
        for function in self._functions():
            named = stems(function["name"]) & asked
            if not changes(function) or not named & CHANGES or not named - CHANGES:
                continue
            arguments = next(iter(self._arguments(function)), None)
            if arguments is None:
                continue
            done = [use for use in self.used if use.name == function["name"]]
            if done:
                return self._report(function, done[-1])
            if self.replies and _ASKS_TO_CONFIRM in self.replies[-1]:
                if _YES.search(self.customer_texts[-1]):
                    return {"tool_calls": [_call(function, arguments)]}
                return None
            summary = ", ".join(f"{in_words(name)} {value}" for name, value in arguments.items())
            text = f"I am going to {in_words(function['name'])} ({summary}). {_ASKS_TO_CONFIRM}"
            return _result("snooze", text, "a change needs the customer's yes")
        return None

    def _report(self, function: Mapping[str, Any], use: Used) -> dict[str, Any] | None:
        """Say that it is done, once."""
        if use.data is None:
            return None
        status = use.data.get("status") if isinstance(use.data, dict) else None
        text = f"Done: {in_words(function['name'])}." + (
            f" The status is {status}." if status else ""
        )
        return None if text in self.replies else _result("answer", text, "the tool did it")

    def _told(self) -> str:
        """The fields of what was returned that the customer's last words name, in a sentence."""
        asked = set(content_stems(self.customer_texts[-1])) if self.customer_texts else set()
        found = {
            f"the {in_words(name)} is {value}": None
            for use in self.used
            for name, value in fields(use.data)
            if stems(name) and stems(name) <= asked
        }
        if not found:
            return ""
        text = f"{'; '.join(list(found)[:_MOST_FIELDS])}."
        text = f"{text[:1].upper()}{text[1:]}"
        return "" if text in self.replies else text

    def _arguments(self, function: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The required arguments of a tool, once for every value that one of them may have."""
        values = {name: self._values(name, function) for name in required(function)}
        if all(values.values()):
            many = max(values, key=lambda name: len(values[name]))
            for value in values[many]:
                yield {name: found[0] for name, found in values.items()} | {many: value}

    def _values(self, name: str, function: Mapping[str, Any]) -> list[str]:
        """What is known under the name of an argument: said by the customer first, then returned.

        What is to be changed to, the customer has to say.
        """
        given = parameters(function).get(name)
        schema = given if isinstance(given, Mapping) else {}
        if schema.get("type", "string") not in ("string", "integer", "number"):
            return []
        said = self._said(name, schema)
        if said or (changes(function) and not name.endswith("_id")):
            return [said] if said else []
        return list(dict.fromkeys(value for use in self.used for value in _returned(use, name)))

    def _said(self, name: str, schema: Mapping[str, Any]) -> str:
        said = "\n".join(self.customer_texts)
        if options := schema.get("enum"):
            return next((str(one) for one in options if str(one).lower() in said.lower()), "")
        if name in ("first_name", "last_name"):
            match = _FULL_NAME.search(said)
            return match.group(1 if name == "first_name" else 2) if match else ""
        if not name.endswith("_id"):
            return find_fact(in_words(name), said)
        # Of an id the description shows the form; what has no digit in it is none.
        mark = "#" if "#" in str(schema.get("description")) else ""
        ids = (word.strip(".,;:!?()\"'") for word in said.split() if mark and word[0] in f"{mark}(")
        value = next(ids, "") if mark else find_fact(in_words(name), said)
        return value if any(character.isdigit() for character in value) else ""

    def _was_asked(self, name: str) -> bool:
        return any(asks_for(in_words(name), reply) for reply in self.replies)


def _returned(use: Used, name: str) -> Iterator[str]:
    """The values that a tool returned under the name of an argument; `orders` holds order ids."""
    if isinstance(use.data, str):
        if name in use.name.partition("_by_")[0] and len(use.data) <= LONGEST_VALUE:
            yield use.data
    elif isinstance(use.data, dict):
        listed = use.data.get(f"{name.removesuffix('_id')}s")
        yield from (
            one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, str)
        )
        yield from (value for field, value in fields(use.data) if field == name and value)


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
