"""Request bodies become pydantic models at the border; what does not fit is named field by
field.
"""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from accounts.problems import FieldErrors, Problem

T = TypeVar("T", bound=BaseModel)


def field_errors(error: ValidationError) -> FieldErrors:
    """Each fault as `{"field": "messages.0.text", "message": …}`."""
    return [
        {"field": ".".join(str(part) for part in fault["loc"]) or "body", "message": fault["msg"]}
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def parse_body(model: type[T], data: Any) -> T:
    """The body as an instance of `model`; raises a 422 problem that names every field at fault."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = field_errors(error)
        names = ", ".join(fault["field"] for fault in faults[:5])
        raise Problem(422, "invalid", f"The body does not fit: {names}.", faults) from None
