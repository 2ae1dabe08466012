"""Tools through the door: what is sent, what a model wants of them, and what cannot be read."""

import json
from typing import Any

import pytest

from llm.answers import read_completion
from llm.calls import Call, ToolCall, ToolCalls, Usage
from llm.client import ask, chat_body
from llm.local.customer import speak
from llm.prices import input_estimate
from tests.llm.material import AgentAnswer

ORDER = {
    "type": "function",
    "function": {
        "name": "get_order",
        "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}},
    },
}


def call(*messages: dict[str, Any], tools: tuple[dict[str, Any], ...] = (ORDER,)) -> Call:
    system = {"role": "system", "content": "You are the support agent of a shop."}
    return Call("answer", "local-1", (system, *messages), AgentAnswer, tools=tools)


def asked(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def completion(**message: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": "tool_calls"}]}


def wanted(arguments: str, **more: Any) -> dict[str, Any]:
    function = {"name": "get_order", "arguments": arguments}
    return {"id": "c1", "type": "function", "function": function} | more


def test_tools_are_sent_only_where_there_are_some() -> None:
    assert chat_body(call(asked("Hi")))["tools"] == [ORDER]
    assert "tools" not in chat_body(call(asked("Hi"), tools=()))


def test_a_model_may_want_a_tool_instead_of_answering() -> None:
    reply = ask(call(asked("Where is my order #W1001?")))
    assert isinstance(reply.parsed, ToolCalls)
    [one] = reply.parsed.calls
    assert (one.name, one.arguments) == ("get_order", {"order_id": "#W1001"})


def test_with_the_result_it_answers() -> None:
    first = ask(call(asked("What is the status of my order #W1001?"))).parsed
    assert isinstance(first, ToolCalls)
    said = {"role": "assistant", "content": None, "tool_calls": [wanted('{"order_id": "#W1001"}')]}
    told = {"role": "tool", "tool_call_id": "c1", "content": '{"status": "delivered"}'}
    answer = ask(call(asked("What is the status of my order #W1001?"), said, told)).parsed
    assert isinstance(answer, AgentAnswer) and "delivered" in answer.reply


@pytest.mark.parametrize("arguments", ["{", "[1]", '"text"', "null"])
def test_arguments_that_are_no_object_cannot_be_read(arguments: str) -> None:
    body = completion(content=None, tool_calls=[wanted(arguments)])
    answer = read_completion(body, AgentAnswer, Usage())
    assert answer.parsed is None and "calls a tool in a form" in answer.problem


def test_calls_without_arguments_are_read() -> None:
    body = completion(content=None, tool_calls=[wanted("")])
    expected = ToolCalls(calls=[ToolCall(id="c1", name="get_order", arguments={})])
    assert read_completion(body, AgentAnswer, Usage()).parsed == expected


def test_the_estimate_counts_tools_and_what_was_called() -> None:
    plain, with_tools = call(asked("Hi"), tools=()), call(asked("Hi"))
    assert input_estimate(with_tools) > input_estimate(plain)
    said = {"role": "assistant", "content": None, "tool_calls": [wanted("{}")]}
    grown = input_estimate(call(asked("Hi"), said)) - input_estimate(with_tools)
    assert grown >= len(json.dumps([wanted("{}")])) // 4 - 1


CUSTOMER = {
    "goal": "You want to swap your jacket.",
    "known_facts": ["size: M"],
    "withheld_facts": ["order number: #77"],
}


def customer(*turns: tuple[str, str]) -> dict[str, Any]:
    chat = [{"author": author, "text": text} for author, text in turns]
    return speak({"customer": CUSTOMER, "conversation": chat})


def test_a_customer_says_the_goal_in_the_first_person() -> None:
    turn = customer(("customer", "Hello"), ("ai", "What can I do for you?"))
    assert turn == {"decision": "goes_on", "text": "I want to swap my jacket."}


def test_a_customer_tells_a_fact_only_when_it_is_asked_for() -> None:
    goal = ("customer", "I want to swap my jacket.")
    turn = customer(goal, ("ai", "Could you please tell me your order number?"))
    assert turn["text"] == "Order number: #77."
    other = customer(goal, ("ai", "Could you please tell me your colour?"))
    assert "#77" not in other["text"] and other["decision"] == "goes_on"


def test_a_customer_leaves_content_after_an_answer_and_weary_after_a_refusal() -> None:
    goal = ("customer", "I want to swap my jacket.")
    assert customer(goal, ("ai", "We swap it free of charge."))["decision"] == "satisfied"
    assert customer(goal, ("ai", "I am passing you to a colleague."))["decision"] == "gives_up"
