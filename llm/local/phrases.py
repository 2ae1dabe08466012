"""The phrases of phrases.toml, as compiled patterns."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_TABLE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text())


def _any_of(phrases: Sequence[str]) -> re.Pattern[str]:
    """Compile a list to one pattern of whole words; a sign is no part of a word."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)


def _group(name: str) -> dict[str, re.Pattern[str]]:
    return {kind: _any_of(phrases) for kind, phrases in _TABLE.pop(name).items()}


_OPENING = re.compile(rf"^(?:{'|'.join(_TABLE.pop('opening'))})", re.IGNORECASE)
RISKS = _group("risks")
ASKED_FOR = _group("asked_for")
AMOUNTS = _group("amounts")
ONE_WORD = _group("one_word")
PHRASES = {name: _any_of(phrases) for name, phrases in _TABLE.items()}


def says(name: str, text: str) -> re.Match[str] | None:
    """Return the first of the phrases called `name` in a text, if there is one."""
    return PHRASES[name].search(text.replace("’", "'"))


def begins_with(name: str, text: str) -> bool:
    """Whether a text begins with one of the phrases called `name`."""
    return PHRASES[name].match(text.replace("’", "'")) is not None


def without_opening(text: str) -> str:
    """Return a sentence without the name, or the yes, that it begins with."""
    return _OPENING.sub("", text)
