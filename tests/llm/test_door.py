"""The door in-process: one call, its reply, its errors."""

import asyncio
import json
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest
from pydantic import BaseModel

from llm.calls import RequestRefused, UnknownPrice
from llm.client import ask, chat_body, embed, open_door
from llm.schemas import response_format
from tests.llm.material import AgentAnswer, make_call


class UnheardOf(BaseModel):
    """A form the local model cannot fill."""

    colour: str


def test_a_call_is_answered_with_what_it_took() -> None:
    reply = ask(make_call("How long does delivery take?"))
    assert isinstance(reply.parsed, AgentAnswer)
    assert reply.parsed.action == "answer"
    assert json.loads(reply.raw) == reply.parsed.model_dump()
    assert (reply.model, reply.attempts, reply.cost_usd) == ("local-1", 1, Decimal(0))
    assert reply.input_tokens > 100
    assert reply.output_tokens > 10
    assert reply.latency_ms >= 0


def test_many_calls_at_once_each_get_their_own_answer() -> None:
    questions = ["How long does delivery take?", "How do I wash a down jacket?"] * 50

    async def all_of_them() -> list[str]:
        async with open_door() as door:
            calls = (door.ask(make_call(question)) for question in questions)
            return [
                reply.parsed.model_dump()["sources"][0] for reply in await asyncio.gather(*calls)
            ]

    assert asyncio.run(all_of_them()) == ["delivery", "washing"] * 50


def test_the_same_call_has_the_same_answer_in_every_process() -> None:
    call = make_call("Can I send back my coat?")
    request = {
        "model": call.model,
        "messages": call.messages,
        "response_format": response_format(call.schema),
        "temperature": 0.7,
        "seed": 11,
    }
    script = (
        "import json, sys\n"
        "from llm.local.app import work\n"
        "print(work('/chat/completions', json.load(sys.stdin)))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed},
            input=json.dumps(request),
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1


def test_a_request_the_server_refuses_is_refused_at_once() -> None:
    with pytest.raises(RequestRefused, match="the local model fills agent_answer"):
        ask(make_call(schema=UnheardOf))


def test_a_model_without_a_price_is_not_called() -> None:
    with pytest.raises(UnknownPrice):
        ask(make_call(model="my-own-model"))


def test_embeddings_are_rows_of_length_one_and_alike_for_like_texts() -> None:
    texts = ["How do I wash a down jacket?", "washing down jackets", "Where is my parcel?", ""]
    rows = embed(texts)
    assert rows.shape == (4, 256)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows[:3], axis=1), 1)
    assert rows[0] @ rows[1] > 0.6 > 0.2 > rows[0] @ rows[2]
    assert not rows[3].any()


def test_no_texts_have_no_embeddings() -> None:
    assert embed([]).shape == (0, 0)


def test_more_texts_than_one_request_holds_keep_their_order() -> None:
    texts = [f"question number {number} about parcels" for number in range(600)]
    rows = embed(texts)
    assert rows.shape == (600, 256)
    assert np.array_equal(rows[599], embed([texts[599]])[0])


def test_opening_the_package_does_not_import_the_sdk() -> None:
    script = (
        "import django, sys; django.setup()\n"
        "import llm.client, llm.work\n"
        "sys.exit('openai' in sys.modules)"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "agentops.settings"}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)


def test_a_model_that_thinks_is_sent_no_temperature_and_more_room() -> None:
    body = chat_body(make_call(model="gpt-5-mini", seed=3, max_output_tokens=100))
    assert not {"temperature", "seed"} & body.keys()
    assert body["max_completion_tokens"] > 100
    plain = chat_body(make_call(model="gpt-4.1-mini", seed=3, max_output_tokens=100))
    assert (plain["temperature"], plain["seed"]) == (0.0, 3)
    assert plain["max_completion_tokens"] == 100
