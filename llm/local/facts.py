"""Facts a customer must give, recognised by their names and by what their values look like."""

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from llm.local.text import PRODUCTS, stem, words


def _read_kinds() -> list[tuple[set[str], list[re.Pattern[str]]]]:
    """Read facts.toml: the words of a kind of fact, and the patterns of its values."""
    table: dict[str, Any] = tomllib.loads(Path(__file__).with_name("facts.toml").read_text())
    table["lists"]["product"] = [f"{word}s?" for word in PRODUCTS]
    lists = {f"{{{name}}}": f"(?:{'|'.join(parts)})" for name, parts in table["lists"].items()}

    def compiled(shape: str) -> re.Pattern[str]:
        for name, alternatives in lists.items():
            shape = shape.replace(name, alternatives)
        return re.compile(shape, re.IGNORECASE)

    return [(set(kind["names"]), [*map(compiled, kind["shapes"])]) for kind in table["kinds"]]


_KINDS = _read_kinds()


def find_fact(name: str, text: str) -> str:
    """Return the value of the fact `name` in a text, or "" when it is not there."""
    for shape in _shapes(name):
        if match := shape.search(text):
            return match.group(1).strip().rstrip(".,;!?")
    return ""


@lru_cache(maxsize=1024)
def _shapes(name: str) -> list[re.Pattern[str]]:
    """Return the patterns for a fact; one of unknown kind is its last word, followed by a value."""
    called = set(words(name))
    for names, shapes in _KINDS:
        if called & names:
            return shapes
    head = re.escape((words(name) or [name])[-1][:5])
    says = rf"\b{head}\w*\s*(?:is|was|are|:|=|of|-)?\s*"
    return [
        re.compile(rf"(?i){says}(\S*\d\S*|[\"“][^\"”]+[\"”])"),
        re.compile(rf"(?i)\b{head}\w*\s*(?:is|was|are|:|=)\s+(?:the |an? )?([\w-]+)"),
    ]


def find_facts(names: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    """Return the values of those facts that are in the texts, the first mention of each."""
    found: dict[str, str] = {}
    for name in names:
        value = next(filter(None, (find_fact(name, text) for text in texts)), "")
        if value:
            found[name] = value
    return found


def asks_for(name: str, text: str) -> bool:
    """Whether a message asks the customer for the fact `name`."""
    if "?" not in text and "please" not in text.lower():
        return False
    return {stem(word) for word in words(name)} <= {stem(word) for word in words(text)}
