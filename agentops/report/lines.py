"""One line of a report, and the small change of writing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Line:
    """A sentence, the address of its evidence below the product's own, and its mood: `good`, `bad`,
    `warn` or empty. `sub` is smaller print that belongs to it.
    """

    text: str
    path: str
    mood: str = ""
    sub: str = ""


def counted(n: int, one: str, many: str = "") -> str:
    """`1 case`, `3 cases`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def day_name(day: date) -> str:
    """`22 November`."""
    return f"{day.day} {day:%B}"


def date_name(day: date) -> str:
    """`22 November 2026`."""
    return f"{day_name(day)} {day.year}"


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def capital(text: str) -> str:
    """The text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def uncapital(text: str) -> str:
    """The text with a small first letter, if it begins with a word in ordinary letters."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def shortened(text: str, most: int = 90) -> str:
    """The first line of a text, cut at a word."""
    line = text.strip().splitlines()[0] if text.strip() else ""
    if len(line) <= most:
        return line
    return f"{line[:most].rsplit(' ', 1)[0]}…"
