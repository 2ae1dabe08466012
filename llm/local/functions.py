"""What a tool is, read from its description: its name in words, its arguments, and whether it
changes something.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from llm.local.text import content_stems, stem, words

LONGEST_VALUE = 80
_VERBS = """
add book cancel change create delete exchange modify pay place refund remove return send set submit
update
"""
CHANGES = frozenset(map(stem, _VERBS.split()))


def fields(data: Any) -> Iterator[tuple[str, str]]:
    """The named values at any depth of what a tool returned, short ones only."""
    if isinstance(data, dict):
        for name, value in data.items():
            if isinstance(value, str | int | float) and len(str(value)) <= LONGEST_VALUE:
                yield str(name), str(value)
            yield from fields(value)
    elif isinstance(data, list):
        for value in data:
            yield from fields(value)


def parameters(function: Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON schema of each argument, by its name."""
    found = (function.get("parameters") or {}).get("properties")
    return found if isinstance(found, Mapping) else {}


def required(function: Mapping[str, Any]) -> list[str]:
    """The names of the arguments that must be given: all, where nothing says which."""
    given = (function.get("parameters") or {}).get("required")
    return [str(name) for name in given] if isinstance(given, list) else list(parameters(function))


def changes(function: Mapping[str, Any]) -> bool:
    """Whether a tool changes something, by the verb in its name."""
    return bool(stems(function["name"]) & CHANGES) and not function["name"].startswith("get_")


def stems(name: str) -> set[str]:
    """The stems of the words in a name."""
    return set(content_stems(in_words(name)))


def in_words(name: str) -> str:
    """The name of a tool or field in words, without "id"."""
    spaced = re.sub(r"[_-]+|(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(word for word in words(spaced) if word != "id")
