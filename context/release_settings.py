"""The settings of a release that agentops itself reads; all others are kept for the agent that
runs on them.
"""

import math
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def refuse_nul(text: str) -> str:
    """Refuse the one character that PostgreSQL cannot store."""
    if "\0" in text:
        raise ValueError("holds a NUL character")
    return text


Text = Annotated[str, AfterValidator(refuse_nul)]


class ReleaseSettings(BaseModel):
    """How answers are made: model and sampling, and how many documents go into one prompt."""

    model_config = ConfigDict(extra="allow")

    model: Text | None = Field(default=None, min_length=1, max_length=100)
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_output_tokens: int = Field(default=1200, ge=16, le=32_000)
    documents_in_prompt: int = Field(default=40, ge=1, le=500)


def plain_settings(given: dict[str, Any]) -> dict[str, Any]:
    """The settings as given, once it is sure that they are ours to read and JSON can hold them.

    Raises pydantic's ValidationError for a setting of ours out of bounds, and ValueError with the
    path of a value that is no JSON (a date, NaN, a NUL character).
    """
    ReleaseSettings.model_validate(given)
    _refuse_other_than_json(given, "settings")
    return given


def _refuse_other_than_json(value: Any, path: str) -> None:
    """Walk the value; ValueError names the first place that JSON cannot hold."""
    match value:
        case dict():
            for key, part in value.items():
                _refuse_other_than_json(key, path)
                _refuse_other_than_json(part, f"{path}.{key}")
        case list():
            for index, part in enumerate(value):
                _refuse_other_than_json(part, f"{path}.{index}")
        case str():
            if "\0" in value:
                raise ValueError(f"{path} holds a NUL character")
        case float() if not math.isfinite(value):
            raise ValueError(f"{path} is not a finite number")
        case bool() | int() | float() | None:
            return
        case _:
            raise ValueError(f"{path} is a {type(value).__name__}, which JSON cannot hold")
