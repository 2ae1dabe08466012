"""The settings of a release that agentops itself reads; all others are kept for the agent that
runs on them.
"""

import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from context.editing.variables import NAME

DEEPEST = 20


def storable(text: str) -> str:
    """The text, unless a database would refuse it: NUL characters, halves of surrogate pairs."""
    if "\0" in text:
        raise ValueError("holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half of a surrogate pair") from None
    return text


Storable = AfterValidator(storable)


class Function(BaseModel):
    """What a tool is called, what it does, and the JSON schema of its arguments."""

    model_config = ConfigDict(extra="allow")

    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    description: str = ""
    parameters: dict[str, Any] = {}


class Tool(BaseModel):
    """A tool in the form of the OpenAI API."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["function"]
    function: Function


def names_differ(tools: list[Tool]) -> list[Tool]:
    """The tools, unless two have one name."""
    if len({tool.function.name for tool in tools}) < len(tools):
        raise ValueError("two tools have the same name")
    return tools


VariableName = Annotated[str, Field(pattern=f"^{NAME}$")]
VariableValue = Annotated[str, Field(max_length=1_000, pattern=r"^[^\r\n]*$")]


class ReleaseSettings(BaseModel):
    """How answers are made: model and sampling, how many documents go into one prompt, the values
    of the prompt's variables, and the tools the agent may call.
    """

    model_config = ConfigDict(extra="allow", strict=True)

    model: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_output_tokens: int = Field(default=1200, ge=16, le=32_000)
    documents_in_prompt: int = Field(default=40, ge=1, le=500)
    variables: dict[VariableName, VariableValue] = {}
    tools: Annotated[list[Tool], Field(max_length=128), AfterValidator(names_differ)] = []


def plain_settings(given: dict[str, Any]) -> dict[str, Any]:
    """The settings as given, once it is sure that ours are in bounds and JSON can hold all.

    Raises ValueError that names the setting: one of ours of another type or out of bounds, a value
    that is no JSON (a date, NaN), text no database takes, or lists nested too deep.
    """
    refuse_other_than_json(given, "")
    try:
        ReleaseSettings.model_validate(given)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False)[0]
        name = ".".join(str(part) for part in fault["loc"])
        raise ValueError(f"{name}: {fault['msg']}") from None
    return given


def refuse_other_than_json(value: Any, path: str, depth: int = 0) -> None:
    """Walk the value; ValueError names the first place that JSON or a database cannot hold."""
    if depth > DEEPEST:
        raise ValueError(f"{path[:100]}: nested deeper than {DEEPEST} levels")
    match value:
        case dict():
            for key, part in value.items():
                refuse_other_than_json(key, path, depth + 1)
                refuse_other_than_json(part, f"{path}.{key}".lstrip("."), depth + 1)
        case list():
            for index, part in enumerate(value):
                refuse_other_than_json(part, f"{path}.{index}", depth + 1)
        case str():
            try:
                storable(value)
            except ValueError as error:
                raise ValueError(f"{path or 'a name'}: {error}") from None
        case float() if not math.isfinite(value):
            raise ValueError(f"{path}: not a finite number")
        case bool() | int() | float() | None:
            return
        case _:
            raise ValueError(f"{path}: a {type(value).__name__}, which JSON cannot hold")


JsonObject = Annotated[
    dict[str, Any], AfterValidator(lambda value: (refuse_other_than_json(value, ""), value)[1])
]
Settings = Annotated[dict[str, Any], AfterValidator(plain_settings)]
