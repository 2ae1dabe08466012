"""Lines of a batch's files: questions out, results of every shape in."""

import json
from decimal import Decimal
from typing import Any

import pytest

from llm.batches.lines import read_result, request_line
from llm.calls import Reply, UnparsableAnswer
from llm.client import chat_body
from llm.prices import cost
from llm.states import Route
from tests.llm.material import AgentAnswer, make_call

MODEL = "gpt-4.1-mini"
ANSWER = {"action": "answer", "reply": "Hi", "sources": [], "reason": "", "missing_facts": []}


class Row:
    """Anything with a key."""

    pk = 17


def line(content: Any = ANSWER, **fields: Any) -> bytes:
    """An answered line, with fields put in the place of others."""
    message = {"content": content if isinstance(content, str) else json.dumps(content)}
    body = {
        "model": "gpt-4.1-mini-2025-04-14",
        "choices": [{"message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 1000,
            "completion_tokens": 50,
            "prompt_tokens_details": {"cached_tokens": 400},
        },
    }
    found = {"custom_id": "review-17", "response": {"status_code": 200, "body": body}}
    return json.dumps(found | {"error": None} | fields).encode()


def test_a_line_asks_what_a_live_call_asks() -> None:
    call = make_call()
    asked = json.loads(request_line("review", Row(), call))
    assert asked == {
        "custom_id": "review-17",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": chat_body(call),
    }


def test_an_answer_costs_half() -> None:
    found = read_result(line())
    reply = found.outcome(MODEL, AgentAnswer)
    assert isinstance(reply, Reply)
    assert (found.key, reply.attempts, reply.cached_tokens) == (17, 1, 400)
    live = cost(MODEL, 1000, 400, 50)
    assert (
        reply.cost_usd == found.cost(MODEL) == live / 2 == cost(MODEL, 1000, 400, 50, Route.BATCH)
    )


def test_an_answer_that_does_not_fit_was_paid_for() -> None:
    found = read_result(line("I would rather not"))
    error = found.outcome(MODEL, AgentAnswer)
    assert isinstance(error, UnparsableAnswer)
    assert error.cost_usd == found.cost(MODEL) > 0


@pytest.mark.parametrize(
    "body", [None, [], "text", {}, {"choices": [{"message": "no"}], "usage": 3}]
)
def test_a_body_of_another_shape_is_no_result(body: Any) -> None:
    found = read_result(line(response={"status_code": 200, "body": body}))
    assert isinstance(found.outcome(MODEL, AgentAnswer), UnparsableAnswer)
    assert found.cost(MODEL) == Decimal(0)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"response": {"status_code": 429, "body": {"error": {"message": "slow"}}}},
            "HTTP 429: slow",
        ),
        ({"response": {"status_code": 500, "body": None}}, "HTTP 500: no reason given"),
        ({"response": None, "error": {"code": "batch_expired", "message": "late"}}, "late"),
        ({"response": None, "error": {"code": "batch_expired"}}, "batch_expired"),
        ({"response": None}, "no reason given"),
    ],
)
def test_an_error_says_what_it_is_and_costs_nothing(fields: dict[str, Any], problem: str) -> None:
    found = read_result(line(**fields))
    assert (found.key, found.body, found.problem) == (17, None, problem)
    assert found.cost(MODEL) == 0


@pytest.mark.parametrize("text", [b"", b"no json", b"[]", b"{}", b'{"custom_id": "review-x"}'])
def test_a_line_that_names_no_row_belongs_to_none(text: bytes) -> None:
    assert read_result(text).key is None
