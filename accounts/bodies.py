"""Request bodies become pydantic models at the border; what does not fit is named field by
field.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from accounts.faults import field_errors
from accounts.problems import Problem

T = TypeVar("T", bound=BaseModel)
UNSTORABLE = "holds a NUL character"


def unstorable(data: Any, path: str = "") -> Iterator[str]:
    """The paths of texts with a NUL character, which PostgreSQL does not store."""
    match data:
        case str() if "\0" in data:
            yield path or "body"
        case dict():
            for name, value in data.items():
                yield from unstorable(name, path)
                yield from unstorable(value, f"{path}.{name}".lstrip("."))
        case list():
            for index, value in enumerate(data):
                yield from unstorable(value, f"{path}.{index}".lstrip("."))


def parse_body(model: type[T], data: Any) -> T:
    """The body as an instance of `model`; raises a 422 problem that names every field at fault."""
    if bad := [{"field": path, "message": UNSTORABLE} for path in unstorable(data)]:
        raise Problem(422, "invalid", f"{bad[0]['field']}: {UNSTORABLE}.", bad)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = field_errors(error)
        names = ", ".join(fault["field"] for fault in faults[:5])
        raise Problem(422, "invalid", f"The body does not fit: {names}.", faults) from None


def misfit(field: str, message: str) -> Problem:
    """The 422 problem of a body that is well formed and still does not fit, by its field."""
    return Problem(
        422, "invalid", f"The body does not fit: {field}.", [{"field": field, "message": message}]
    )
