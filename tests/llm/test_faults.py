"""A real port with faults on it: nothing is lost, nothing mislabelled, every attempt is counted."""

import asyncio
import json
import socket
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_django.fixtures import Settings

from llm.calls import Call, ModelUnavailable, Reply, RequestRefused, UnparsableAnswer
from llm.client import ask, open_door
from llm.local.faults import Faults, FaultyModel
from tests.llm.material import make_call, serving, serving_app, serving_by_command


async def ask_all(calls: list[Call]) -> list[Reply | BaseException]:
    """Ask many calls through one door; failures stand in their places."""
    async with open_door() as door:
        return await asyncio.gather(*(door.ask(call) for call in calls), return_exceptions=True)


def test_all_calls_come_back_right_through_every_kind_of_fault(settings: Settings) -> None:
    faults = {"fail_429": 0.1, "fail_500": 0.05, "drop": 0.04, "malformed": 0.03}
    calls = [
        make_call(f"{question} My reference is {number}")
        for number in range(60)
        for question in ("How long does delivery take?", "How do I wash a down jacket?")
    ]
    with serving(**faults, retry_after=0.05, seed=2) as url:
        settings.OPENAI_BASE_URL = url
        outcomes = asyncio.run(ask_all(calls))
    replies = [outcome for outcome in outcomes if isinstance(outcome, Reply)]
    assert len(replies) == len(calls)
    sources = [reply.parsed.model_dump()["sources"] for reply in replies]
    assert sources == [["delivery"], ["washing"]] * 60
    attempts = Counter(reply.attempts for reply in replies)
    assert attempts[1] < len(calls)  # there were faults
    assert max(attempts) <= 2 * (1 + settings.LLM_RETRIES)


def test_a_retried_call_counts_its_attempts_and_waits_as_asked(settings: Settings) -> None:
    settings.LLM_RETRIES = 2
    with serving(fail_429=1, retry_after=0.2) as url:
        settings.OPENAI_BASE_URL = url
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match="429") as caught:
            ask(make_call())
    assert 0.4 <= time.monotonic() - started < 60
    assert caught.value.retry_after == 0.2


def test_a_wait_longer_than_two_minutes_is_left_to_the_caller(settings: Settings) -> None:
    with serving(fail_429=1, retry_after=600) as url:
        settings.OPENAI_BASE_URL = url
        started = time.monotonic()
        with pytest.raises(ModelUnavailable) as caught:
            ask(make_call())
    assert time.monotonic() - started < 100
    assert caught.value.retry_after == 600


@pytest.mark.parametrize("fault", ["fail_500", "drop"])
def test_a_server_that_never_answers_is_unavailable(settings: Settings, fault: str) -> None:
    settings.LLM_RETRIES = 1
    with serving(**{fault: 1}) as url:
        settings.OPENAI_BASE_URL = url
        with pytest.raises(ModelUnavailable):
            ask(make_call())


def test_nobody_at_the_address_is_unavailable(settings: Settings) -> None:
    settings.LLM_RETRIES = 1
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    with pytest.raises(ModelUnavailable, match="connection lost: Cannot connect"):
        ask(make_call())


def test_an_answer_that_is_malformed_again_and_again_is_unparsable_and_was_paid_for(
    settings: Settings,
) -> None:
    once = ask(make_call())
    with serving(malformed=1) as url:
        settings.OPENAI_BASE_URL = url
        with pytest.raises(UnparsableAnswer, match="does not fit AgentAnswer") as caught:
            ask(make_call())
    assert caught.value.attempts == 3
    assert caught.value.input_tokens == 3 * once.input_tokens
    assert caught.value.raw.startswith('{"action"')
    assert caught.value.model == "local-1"


def test_a_model_the_server_does_not_have_is_refused(settings: Settings) -> None:
    with serving() as url:
        settings.OPENAI_BASE_URL = url
        with pytest.raises(RequestRefused, match="HTTP 404"):
            ask(make_call(model="gpt-4.1-mini"))


def test_one_refusal_delays_its_own_call_only(settings: Settings) -> None:
    calls = [make_call(f"How long does delivery take? {number}") for number in range(40)]
    with serving(fail_429=0.05, retry_after=5, seed=1) as url:
        settings.OPENAI_BASE_URL = url
        outcomes = asyncio.run(ask_all(calls))
    replies = [outcome for outcome in outcomes if isinstance(outcome, Reply)]
    assert len(replies) == 40
    refused = [reply.latency_ms for reply in replies if reply.attempts > 1]
    others = [reply.latency_ms for reply in replies if reply.attempts == 1]
    assert refused and len(others) >= 30
    assert max(others) < min(refused)  # nobody waited for what was asked of another


def test_the_same_seed_meets_the_same_faults(settings: Settings) -> None:
    calls = [make_call(f"How long does delivery take? {number}") for number in range(30)]
    seen = []
    for _ in range(2):
        with serving(fail_500=0.3, seed=5) as url:
            settings.OPENAI_BASE_URL = url
            outcomes = asyncio.run(ask_all(calls))
        seen.append([getattr(outcome, "attempts", 0) for outcome in outcomes])
    assert seen[0] == seen[1]
    assert max(seen[0]) > 1


def test_refusals_one_after_the_other_hold_the_next_call_back(settings: Settings) -> None:
    settings.LLM_RETRIES = 0
    seconds: list[float] = []

    async def one_after_the_other() -> None:
        async with open_door() as door:
            for _ in range(6):
                started = time.monotonic()
                with pytest.raises(ModelUnavailable):
                    await door.ask(make_call())
                seconds.append(time.monotonic() - started)

    with serving(fail_429=1, retry_after=1.6) as url:
        settings.OPENAI_BASE_URL = url
        asyncio.run(one_after_the_other())
    assert seconds[5] >= 0.7


def test_a_call_that_waits_for_its_next_try_gives_its_place_to_another(settings: Settings) -> None:
    answered: list[tuple[str, int]] = []

    async def ask_both() -> None:
        async def one(question: str) -> None:
            reply = await door.ask(make_call(question))
            answered.append((question, reply.attempts))

        async with open_door(at_once=1) as door:
            await asyncio.gather(one("How long does delivery take?"), one("How do I wash wool?"))

    with serving(fail_429=0.5, retry_after=1, seed=8) as url:
        settings.OPENAI_BASE_URL = url
        asyncio.run(ask_both())
    assert answered == [("How do I wash wool?", 1), ("How long does delivery take?", 2)]


def test_a_question_asked_before_is_answered_from_the_file(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "answers.json"
    with serving_by_command("--remember", str(file)) as url:
        settings.OPENAI_BASE_URL = url
        first = ask(make_call("How long does delivery take?"))
    kept = json.loads(file.read_text())
    assert len(kept) == 1
    (key,) = kept
    file.write_text(json.dumps({key: kept[key].replace("delivery", "delivered")}))
    with serving_by_command("--remember", str(file)) as url:
        settings.OPENAI_BASE_URL = url
        again = ask(make_call("How long does delivery take?"))
        ask(make_call("How do I wash a down jacket?"))
    assert first.raw != again.raw
    assert "delivered" in again.raw
    assert len(json.loads(file.read_text())) == 2


def test_an_answer_whose_client_has_gone_is_counted_as_unheard(
    settings: Settings, tmp_path: Path
) -> None:
    model = FaultyModel(Faults(latency_ms=1000), tmp_path)
    with serving_app(model) as url:
        settings.OPENAI_BASE_URL = url
        with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0)) as client:
            client.sendall(
                b"POST /v1/embeddings HTTP/1.1\r\nHost: model\r\nContent-Length: 2\r\n\r\n{}"
            )
            while not model._seen:
                time.sleep(0.01)
            # It has been read, and its answer is not due yet.
        ask(make_call("How long does delivery take?"))
    assert model.served == {"unheard": 1, "fine": 1}


def test_noise_turns_some_answers_anew_each_time_they_are_asked(settings: Settings) -> None:
    question = "How long does delivery take?"
    with serving(answer_noise=0.5, seed=3) as url:
        settings.OPENAI_BASE_URL = url
        actions = [ask(make_call(question)).parsed.action for _ in range(12)]  # type: ignore[attr-defined]
    assert set(actions) == {"answer", "handover"}
    with serving(grade_noise=1) as url:
        settings.OPENAI_BASE_URL = url
        assert ask(make_call(question)).parsed.action == "answer"  # type: ignore[attr-defined]
