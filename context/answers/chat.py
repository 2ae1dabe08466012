"""A conversation as chat messages: what was said, and what the agent looked up in between."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from llm.calls import Message

MOST_CHARACTERS_OF_CHAT = 60_000


class Turn(TypedDict):
    """One public message of a conversation; `author` is customer, ai or human."""

    author: str
    text: str


@dataclass(frozen=True)
class ToolUse:
    """A call of a tool, and what it returned."""

    id: str
    name: str
    arguments: dict[str, Any]
    result: str


@dataclass(frozen=True)
class Lookup:
    """The tools an agent called at once, between two messages."""

    uses: tuple[ToolUse, ...]


Part = Turn | Lookup


def recent_parts(turns: Sequence[Part]) -> list[Part]:
    """The newest turns that fit, oldest first; of the last one at least its beginning."""
    kept: list[Part] = []
    room = MOST_CHARACTERS_OF_CHAT
    for part in reversed(turns):
        size = _size(part)
        if kept and size > room:
            break
        kept.append(_shortened(part))
        room -= size
    return kept[::-1]


def _size(part: Part) -> int:
    if isinstance(part, Lookup):
        return sum(len(use.result) + len(str(use.arguments)) for use in part.uses)
    return len(part["text"])


def _shortened(part: Part) -> Part:
    """The part with no text longer than a whole chat may be."""
    if isinstance(part, Lookup):
        most = MOST_CHARACTERS_OF_CHAT // max(1, len(part.uses))
        return Lookup(tuple(replace(use, result=use.result[:most]) for use in part.uses))
    return Turn(author=part["author"], text=part["text"][:MOST_CHARACTERS_OF_CHAT])


def messages_of(part: Part) -> list[Message]:
    """A turn is one message; a lookup is the agent's calls, and the result of each."""
    if isinstance(part, Lookup):
        calls = [_tool_call(use) for use in part.uses]
        results = [
            {"role": "tool", "tool_call_id": use.id, "content": use.result or " "}
            for use in part.uses
        ]
        return [{"role": "assistant", "content": None, "tool_calls": calls}, *results]
    role = "user" if part["author"] == "customer" else "assistant"
    return [{"role": role, "content": part["text"] or " "}]


def _tool_call(use: ToolUse) -> dict[str, Any]:
    function = {"name": use.name, "arguments": json.dumps(use.arguments, ensure_ascii=False)}
    return {"id": use.id, "type": "function", "function": function}
