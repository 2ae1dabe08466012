"""What is asked of a model, what comes back, and the few ways it can go wrong."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

Message = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One question to a model, answered by a JSON object that fits `schema`, or by `ToolCalls`.

    `messages` are OpenAI chat messages (role, content; tool_calls, tool_call_id): the stable system
    text first and the material last, so that providers can cache the common beginning. `tools` are
    OpenAI function tools; without them the answer is always the object.
    """

    purpose: str
    model: str
    messages: tuple[Message, ...]
    schema: type[BaseModel]
    temperature: float = 0.0
    max_output_tokens: int = 1200
    seed: int | None = None
    tools: tuple[dict[str, Any], ...] = ()


class ToolCall(BaseModel):
    """A tool the model wants called; `id` ties the result to it."""

    id: str
    name: str
    arguments: dict[str, Any]


class ToolCalls(BaseModel):
    """What a model answers instead of the object asked for while it needs its tools."""

    calls: list[ToolCall]


@dataclass(frozen=True)
class Reply:
    """A parsed answer with what it took; tokens and dollars are summed over all attempts.

    `model` is the name the server gave itself (a dated snapshot, where the provider has them).
    """

    parsed: BaseModel
    raw: str
    model: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: Decimal
    latency_ms: int
    attempts: int


@dataclass
class Usage:
    """Running count of one call: requests sent, tokens billed."""

    attempts: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    model: str = ""


class ModelError(Exception):
    """A call to a model came to nothing; what it means for the caller is told by the kind."""


class ModelUnavailable(ModelError):
    """The model could not be reached now (429, 5xx, time-out, lost connection): try again later.

    `retry_after` is the wait in seconds the server asked for, if it asked.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnparsableAnswer(ModelError):
    """The model answered, but not with what was asked for: no result, never a pass."""

    def __init__(self, message: str, *, raw: str, usage: Usage, cost_usd: Decimal) -> None:
        super().__init__(message)
        self.raw = raw
        self.model = usage.model
        self.input_tokens = usage.input_tokens
        self.output_tokens = usage.output_tokens
        self.attempts = usage.attempts
        self.cost_usd = cost_usd


class RequestRefused(ModelError):
    """The server will never take this request (400, 401, 403, 404), however often it is sent."""


class BudgetExhausted(ModelError):
    """A cap on spending leaves no room for the call."""


class UnknownPrice(ModelError):
    """The model has no price, so no cap could hold: it is not called."""
