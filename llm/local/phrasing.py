"""The words around what the local model has to say: courteous frames by tone."""

import random
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llm.local.directives import Directives

_FRAMES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("frames.toml").read_text())


def answer(directives: Directives, facts: Sequence[str], noise: random.Random | None) -> str:
    """Frame sentences of a document; noise picks another wording."""
    frames = _frame(directives, "answer")
    frame = noise.choice(frames) if noise else frames[0]
    return _signed(frame.format(" ".join(facts)), directives)


def request(directives: Directives, missing: Sequence[str]) -> str:
    """Ask the customer for facts."""
    return _signed(_frame(directives, "request").format(_list(missing)), directives)


def goodbye(directives: Directives) -> str:
    """Close a conversation."""
    return _signed(_frame(directives, "goodbye"), directives)


def passing_on(directives: Directives) -> str:
    """Tell the customer that a person takes over."""
    return _signed(_frame(directives, "passing_on"), directives)


def _frame(directives: Directives, name: str) -> Any:
    """Return the frame of a kind in the tone asked for; an unknown tone is friendly."""
    return _FRAMES.get(directives.tone, _FRAMES["friendly"])[name]


def _list(names: Sequence[str]) -> str:
    """Join names as people do: your order number, your size and the colour."""
    named = [name if name.startswith(("your ", "the ", "a ")) else f"your {name}" for name in names]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _signed(text: str, directives: Directives) -> str:
    return f"{text}\n\nBest regards,\n{directives.signature}" if directives.signature else text
