"""The lines of a batch's files: a question a line going out, a result a line coming back."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from llm.answers import add_usage, make_reply, read_completion, spent_on
from llm.batches.provider import ENDPOINT
from llm.calls import Call, UnparsableAnswer, Usage
from llm.claims import Row
from llm.client import chat_body
from llm.outcomes import Outcome
from llm.states import Route


def custom_id(purpose: str, row: Row) -> str:
    """The name of a row in a file; the same however often the file is made."""
    return f"{purpose}-{row.pk}"


def request_line(purpose: str, row: Row, call: Call) -> bytes:
    """One question."""
    line = {
        "custom_id": custom_id(purpose, row),
        "method": "POST",
        "url": ENDPOINT,
        "body": chat_body(call),
    }
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True)
class Result:
    """One line that came back: the key of its row, and either an answer or why there is none."""

    key: int | None
    body: Any
    problem: str

    def outcome(self, model: str, schema: type[BaseModel]) -> Outcome:
        """What the answer is for its row, at the price of a batch."""
        usage = Usage(attempts=1, model=model)
        answer = read_completion(self.body, schema, usage)
        try:
            return make_reply(model, answer, usage, 0.0, Route.BATCH)
        except UnparsableAnswer as unparsable:
            return unparsable

    def cost(self, model: str) -> Decimal:
        """What the answer cost, also where no row waits for it any more."""
        usage = Usage(model=model)
        if isinstance(self.body, dict):
            add_usage(self.body, usage)
        return spent_on(model, usage, Route.BATCH)


def read_result(line: bytes) -> Result:
    """Read a line of an output or error file; what is not one belongs to no row."""
    try:
        found = json.loads(line)
        key = int(str(found["custom_id"]).rsplit("-", 1)[-1])
    except (ValueError, LookupError, TypeError):
        return Result(None, None, "the line is not a result")
    response = found.get("response") or {}
    status = response.get("status_code")
    if status == 200 and not found.get("error"):
        return Result(key, response.get("body"), "")
    error = found.get("error") or (response.get("body") or {}).get("error") or {}
    said = error.get("message") or error.get("code") or "no reason given"
    return Result(key, None, f"HTTP {status}: {said}" if status else said)
