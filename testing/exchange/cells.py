"""A case in the cells of a spreadsheet: lists one entry a line, what is nested as JSON.

A cell that a spreadsheet would run as a formula gets an apostrophe, which is taken off again.
"""

import json
import re
from typing import Any, get_origin

from testing.cases.content import FIELDS
from testing.schema import CaseIn

COLUMNS = ("key", "status", *FIELDS)
# Formulas, and what would be taken for our own guard when it is read again.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def cell_of(value: Any) -> str:
    """A value as a cell."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            text = value
        case list() if value and all(is_line(part) for part in value):
            text = "\n".join(value)
        case list() | dict():
            text = json.dumps(value, ensure_ascii=False) if value else ""
        case None:
            text = ""
        case _:
            text = str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def value_of(name: str, cell: str) -> Any:
    """The value of a cell of this column, for `CaseIn` to check."""
    text = cell[1:] if _GUARDED.match(cell) else cell
    if not _is_nested(name):
        return text
    if text.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text.split("\n") if _is_list(name) else text
    return [line.strip() for line in text.split("\n") if line.strip()] if _is_list(name) else text


def is_line(part: Any) -> bool:
    """Whether an entry of a list can stand on a line of its own and be told from JSON."""
    if not isinstance(part, str) or not part:
        return False
    return (
        part == part.strip() and not part.startswith(("[", "{")) and not re.search(r"[\r\n]", part)
    )


def _is_list(name: str) -> bool:
    return get_origin(_plain_type(name)) is list


def _is_nested(name: str) -> bool:
    """Whether the column holds a list or an object."""
    kind = _plain_type(name)
    return get_origin(kind) in (list, dict) or (
        isinstance(kind, type) and kind not in (str, bool, int)
    )


def _plain_type(name: str) -> Any:
    """The type of a field; of an optional one, the type it has when it is there."""
    kind: Any = CaseIn.model_fields[name].annotation
    parts = [part for part in getattr(kind, "__args__", ()) if part is not type(None)]
    return parts[0] if get_origin(kind) not in (list, dict) and len(parts) == 1 else kind
