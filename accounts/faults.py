"""Faults of what was sent or written, field by field."""

from pydantic import ValidationError

FieldErrors = list[dict[str, str]]


def field_errors(error: ValidationError) -> FieldErrors:
    """Each fault as `{"field": "messages.0.text", "message": …}`."""
    return [
        {"field": ".".join(str(part) for part in fault["loc"]) or "body", "message": fault["msg"]}
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
