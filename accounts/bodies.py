"""Request bodies become pydantic models at the border; what does not fit is named field by
field.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from accounts.problems import FieldErrors, Problem

T = TypeVar("T", bound=BaseModel)
UNSTORABLE = "holds a NUL character"


def field_errors(error: ValidationError) -> FieldErrors:
    """Each fault as `{"field": "messages.0.text", "message": …}`."""
    return [
        {"field": ".".join(str(part) for part in fault["loc"]) or "body", "message": fault["msg"]}
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]


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
