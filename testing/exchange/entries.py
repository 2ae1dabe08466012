"""A case as it stands in a file, before it is checked: where it stands, and what was not kept."""

from dataclasses import dataclass, field
from typing import Any

from accounts.faults import FieldErrors


@dataclass(frozen=True)
class Entry:
    """One case of a file: `body` as `testing.schema.CaseIn` takes it, or why it cannot be one.

    `place` names it for people ("line 3"). `left_out` says in words what of it cannot be kept.
    """

    place: str
    body: Any = None
    left_out: list[str] = field(default_factory=list)
    errors: FieldErrors = field(default_factory=list)


def fault(place: str, message: str, field_name: str = "body") -> Entry:
    """An entry that cannot be read."""
    return Entry(place, errors=[{"field": field_name, "message": message}])


class UnreadableFile(Exception):
    """The file as a whole cannot be read; nothing of it is brought in."""
