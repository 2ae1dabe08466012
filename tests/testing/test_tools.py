"""Releases with tools: recorded results are played back, and what was not recorded is shown."""

import json
from typing import Any

import pytest

from context.models import Agent, Release
from llm.calls import ToolCall, ToolCalls
from llm.states import WorkState
from testing.cases.suites import suite_of
from testing.models import Case, Result, Run, Step
from testing.refusals import Refused
from testing.runs.dialogue import MOST_LOOKUPS, Dialogue, Speaker
from testing.runs.playback import missing_calls, play_back, unexpected_writes
from testing.runs.runner import start_run, work_results
from testing.runs.verdict import verdict_on
from tests.make import NOW, RETURNS, make_agent, make_case, make_content, make_live_release

pytestmark = pytest.mark.django_db

ORDER = {"order_id": "#W1001", "status": "delivered", "carrier": "North Post"}


def tool(name: str, **properties: Any) -> dict[str, Any]:
    """A function tool whose arguments are all required."""
    given = {key: value or {"type": "string"} for key, value in properties.items()}
    parameters = {"type": "object", "properties": given, "required": list(given)}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


TOOLS = [
    tool("get_order", order_id=None),
    tool(
        "cancel_order",
        order_id=None,
        reason={"type": "string", "enum": ["no longer needed", "ordered by mistake"]},
    ),
]
CANCEL: dict[str, Any] = {
    "name": "cancel_order",
    "arguments": {"order_id": "#W1001", "reason": "no longer needed"},
}
RECORDING = [
    {"name": "get_order", "arguments": {"order_id": "#W1001"}, "result": json.dumps(ORDER)},
    {**CANCEL, "result": json.dumps({**ORDER, "status": "cancelled"})},
]


def clock() -> Any:
    return NOW


@pytest.fixture
def agent() -> Agent:
    return make_agent()


@pytest.fixture
def live(agent: Agent) -> Release:
    return make_live_release(agent, make_content(RETURNS, tools=TOOLS))


def asked(agent: Agent, question: str, **fields: Any) -> Case:
    fields = {"recording": RECORDING, "writing_tools": ["cancel_order"]} | fields
    return make_case(agent, question, **fields)


def worked(agent: Agent, release: Release, trials: int = 1) -> Run:
    run = start_run(suite_of(agent, "regression", NOW), release, at=NOW, trials=trials)
    work_results(run, clock)
    return run


def test_a_recorded_result_is_played_back_and_answered_from(agent: Agent, live: Release) -> None:
    asked(
        agent,
        "What is the carrier of my order #W1001?",
        expected_facts=["The carrier is North Post."],
        expected_calls=[{"name": "get_order", "arguments": {"order_id": "#W1001"}}],
    )
    [result] = worked(agent, live).results.all()
    lookup, answer = result.steps.all()
    assert [call["name"] for call in lookup.calls] == ["get_order"]
    assert lookup.calls[0]["is_recorded"] and json.loads(lookup.calls[0]["result"]) == ORDER
    assert "North Post" in answer.text and result.passed is True
    assert result.calls_outside == 0


def test_a_change_the_case_expects_is_made_after_the_customers_yes(
    agent: Agent, live: Release
) -> None:
    question = "Please cancel my order #W1001, it is no longer needed."
    asked(
        agent,
        question,
        kind_of_case="script",
        script=["Yes, please."],
        expected_calls=[CANCEL],
        expected_action="answer",
    )
    [result] = worked(agent, live).results.all()
    calls = [call["name"] for step in result.steps.all() for call in step.calls]
    assert calls == ["get_order", "cancel_order"]
    assert result.passed is True and "cancelled" in result.reply


def test_a_change_that_is_not_expected_fails_the_case(agent: Agent, live: Release) -> None:
    asked(
        agent,
        "Please cancel my order #W1001, it is no longer needed.",
        kind_of_case="script",
        script=["Yes, please."],
        expected_action="answer",
    )
    [result] = worked(agent, live).results.all()
    assert result.passed is False
    assert result.failures[0].startswith("made the unexpected call cancel_order(")


def test_an_expected_call_that_was_not_made_fails_the_case(agent: Agent, live: Release) -> None:
    asked(agent, "How do I return an unworn jacket?", expected_calls=[CANCEL])
    [result] = worked(agent, live).results.all()
    assert result.passed is False
    assert result.failures == [
        'did not call cancel_order(order_id: "#W1001", reason: "no longer needed")'
    ]


def test_a_call_outside_the_recording_is_an_error_and_leaves_the_trial_ungraded(
    agent: Agent, live: Release
) -> None:
    asked(agent, "What is the carrier of my order #W2002?", expected_facts=["South Post."])
    run = worked(agent, live)
    [result] = run.results.all()
    [call] = result.steps.get(kind="tools").calls
    assert "error" in json.loads(call["result"]) and not call["is_recorded"]
    assert (result.passed, result.state, result.calls_outside) == (None, WorkState.FAILED, 1)
    assert result.error.startswith('called outside the recording: get_order(order_id: "#W2002")')
    assert "1 trial ungraded" in run.stop_reason
    with pytest.raises(Refused, match="ended outside the recording of the case"):
        run.retry_failed()


def test_a_trial_that_passes_in_spite_of_a_call_outside_counts(agent: Agent, live: Release) -> None:
    question = "How do I return an unworn jacket? My order is #W2002."
    asked(agent, question, expected_facts=[RETURNS.body])
    [result] = worked(agent, live).results.all()
    assert result.passed is True and result.calls_outside == 1


def test_a_handover_after_a_call_outside_is_no_pass(agent: Agent, live: Release) -> None:
    case = asked(agent, "Where is it?", expected_action="handover")
    lookup = Step(kind="tools", calls=play_back(case, wanted("get_order", id=1), agent.workspace))
    verdict = verdict_on(Dialogue(case, [lookup, Step(kind="answer", action="handover")]))
    assert verdict.ungraded and verdict.failures


def test_an_unexpected_change_fails_whatever_was_recorded(agent: Agent) -> None:
    case = asked(agent, "Where is it?", expected_action="answer")
    calls = play_back(case, wanted("cancel_order", order_id="#W3"), agent.workspace)
    answer = Step(kind="answer", action="answer", text="Done.")
    verdict = verdict_on(Dialogue(case, [Step(kind="tools", calls=calls), answer]))
    assert not verdict.ungraded
    assert verdict.failures == ['made the unexpected call cancel_order(order_id: "#W3")']


def wanted(name: str, **arguments: Any) -> ToolCalls:
    return ToolCalls(calls=[ToolCall(id="c1", name=name, arguments=arguments)])


def test_arguments_have_one_spelling(agent: Agent) -> None:
    recorded = {"name": "find", "arguments": {"a": 1, "b": {"x": [1, 2], "y": "z"}}, "result": "7"}
    case = asked(agent, "Where is it?", expected_action="answer", recording=[recorded])
    [same] = play_back(case, wanted("find", b={"y": " z", "x": [1, 2]}, a=1), agent.workspace)
    [other] = play_back(case, wanted("find", b={"y": "z", "x": [2, 1]}, a=1), agent.workspace)
    assert same["result"] == "7" and same["is_recorded"] and not other["is_recorded"]


def test_personal_data_in_arguments_is_masked_on_both_sides(agent: Agent) -> None:
    recorded = {"name": "find", "arguments": {"email": "a@example.com"}, "result": "u-1"}
    case = asked(agent, "Where is it?", expected_action="answer", recording=[recorded])
    [call] = play_back(case, wanted("find", email="a@example.com"), agent.workspace)
    assert call["arguments"] == {"email": "[email]"} and call["result"] == "u-1"


def test_an_expected_change_may_be_made_once(agent: Agent) -> None:
    case = asked(agent, "Cancel it.", expected_calls=[CANCEL])
    [made] = play_back(case, wanted("cancel_order", **CANCEL["arguments"]), agent.workspace)
    assert unexpected_writes(case, [made]) == [] and missing_calls(case, [made]) == []
    assert len(unexpected_writes(case, [made, made])) == 1


def test_a_release_that_never_stops_looking_up_fails(agent: Agent) -> None:
    case = asked(agent, "Where is it?", expected_action="answer")
    lookup = Step(kind="tools", calls=play_back(case, wanted("get_order"), agent.workspace))
    dialogue = Dialogue(case, [lookup] * (MOST_LOOKUPS - 1))
    assert dialogue.next_speaker == Speaker.RELEASE
    dialogue = Dialogue(case, [lookup] * MOST_LOOKUPS)
    assert dialogue.next_speaker == Speaker.NOBODY
    assert dialogue.ending == Result.Ending.TOO_MANY_LOOKUPS
    assert "used its tools 24 times" in verdict_on(dialogue).failures[0]


def test_a_release_without_tools_makes_no_calls(agent: Agent) -> None:
    plain = make_live_release(agent)
    asked(agent, "What is the carrier of my order #W1001?", expected_action="handover")
    [result] = worked(agent, plain).results.all()
    assert result.steps.count() == 0 and result.passed is True
