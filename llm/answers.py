"""Reading what a server sent back: usage, the text, and the object the text should hold."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from llm.calls import Reply, ToolCalls, UnparsableAnswer, Usage
from llm.prices import cost
from llm.states import Route

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
    except ValueError:
        body = content.decode(errors="replace")
    return read_completion(body, schema, usage)


def read_completion(body: Any, schema: type[BaseModel], usage: Usage) -> Answer:
    """Read a chat completion that is JSON already, as a line of a batch holds it."""
    try:
        choice = body["choices"][0]
        message = dict(choice["message"])
    except (LookupError, TypeError, ValueError):
        shown = body if isinstance(body, str) else json.dumps(body)
        return Answer(shown, None, "the server's answer is not a chat completion")
    add_usage(body, usage)
    text = message.get("content") or ""
    if message.get("refusal"):
        return Answer(message["refusal"], None, "the model refused to answer")
    if choice.get("finish_reason") == "length":
        return Answer(text, None, "the answer was cut off at the token limit")
    if message.get("tool_calls"):
        return _read_tool_calls(message["tool_calls"])
    return _parse(text, schema)


def _read_tool_calls(given: Any) -> Answer:
    """Read what a model wants of its tools; arguments that are no JSON object cannot be used."""
    text = json.dumps(given)
    try:
        calls = [
            {
                "id": call["id"],
                "name": call["function"]["name"],
                "arguments": json.loads(call["function"]["arguments"] or "{}"),
            }
            for call in given
        ]
        return Answer(text, ToolCalls.model_validate({"calls": calls}))
    except (LookupError, TypeError, ValueError):  # a ValidationError is a ValueError
        return Answer(text, None, "the answer calls a tool in a form that cannot be read")


def add_usage(body: dict[str, Any], usage: Usage) -> None:
    """Add the tokens of one response; servers that count nothing leave the sums as they are."""
    used = body.get("usage")
    if isinstance(used, dict):
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


def spent_on(model: str, usage: Usage, route: Route) -> Decimal:
    """Return the dollars of what was used, at the price of the model that was asked."""
    return cost(model, usage.input_tokens, usage.cached_tokens, usage.output_tokens, route)


def make_reply(
    model: str, answer: Answer, usage: Usage, seconds: float, route: Route = Route.LIVE
) -> Reply:
    """Make the reply of a parsed answer, or raise UnparsableAnswer with what was paid for it."""
    spent = spent_on(model, usage, route)
    if answer.parsed is None:
        raise UnparsableAnswer(answer.problem, raw=answer.text, usage=usage, cost_usd=spent)
    return Reply(
        parsed=answer.parsed,
        raw=answer.text,
        model=usage.model,
        input_tokens=usage.input_tokens,
        cached_tokens=usage.cached_tokens,
        output_tokens=usage.output_tokens,
        cost_usd=spent,
        latency_ms=round(seconds * 1000),
        attempts=usage.attempts,
    )
