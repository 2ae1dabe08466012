"""Reading what a server sent back: usage, the text, and the object the text should hold."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from llm.calls import Usage

_SHOWN_ERRORS = 3


@dataclass(frozen=True)
class Answer:
    """The model's text, and the object in it; `problem` says why there is none."""

    text: str
    parsed: BaseModel | None
    problem: str = ""


def read_answer(content: bytes, schema: type[BaseModel], usage: Usage) -> Answer:
    """Read a chat completion; tokens are added to `usage` whether or not the answer can be used."""
    try:
        body = json.loads(content)
        choice = body["choices"][0]
        message = choice["message"]
    except (ValueError, LookupError, TypeError):
        shown = content.decode(errors="replace")
        return Answer(shown, None, "the server's answer is not a chat completion")
    _add_usage(body, usage)
    text = message.get("content") or ""
    if message.get("refusal"):
        return Answer(message["refusal"], None, "the model refused to answer")
    if choice.get("finish_reason") == "length":
        return Answer(text, None, "the answer was cut off at the token limit")
    return _parse(text, schema)


def _add_usage(body: dict[str, Any], usage: Usage) -> None:
    """Add the tokens of one response; servers that count nothing leave the sums as they are."""
    used = body.get("usage") or {}
    usage.input_tokens += used.get("prompt_tokens") or 0
    usage.output_tokens += used.get("completion_tokens") or 0
    usage.cached_tokens += (used.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    usage.model = body.get("model") or usage.model


def _parse(text: str, schema: type[BaseModel]) -> Answer:
    """Parse the JSON in `text`; a model that wraps it in a code fence is forgiven."""
    bare = text.strip()
    if bare.startswith("```"):
        bare = bare.strip("`").removeprefix("json").strip()
    try:
        return Answer(text, schema.model_validate_json(bare))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:_SHOWN_ERRORS]
        places = "; ".join(
            f"{'.'.join(str(step) for step in one['loc']) or 'answer'}: {one['msg']}"
            for one in found
        )
        return Answer(text, None, f"the answer does not fit {schema.__name__}: {places}")
