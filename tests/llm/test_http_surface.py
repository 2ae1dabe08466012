"""The local model over its HTTP surface, as OpenAI's own client sees it."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletion

from llm.schemas import response_format
from tests.llm.material import AgentAnswer, make_call, serving_by_command


@pytest.fixture(scope="module")
def client() -> Iterator[openai.OpenAI]:
    """OpenAI's client on a local model of this module."""
    with (
        serving_by_command() as url,
        openai.OpenAI(api_key="any", base_url=url, max_retries=0) as sdk,
    ):
        yield sdk


def body(question: str) -> dict[str, Any]:
    """A chat completion request."""
    return {
        "model": "local-1",
        "messages": list(make_call(question).messages),
        "response_format": response_format(AgentAnswer),
    }


def test_a_chat_completion_has_openais_shape(client: openai.OpenAI) -> None:
    answer = client.post(
        "/chat/completions", cast_to=ChatCompletion, body=body("How long does delivery take?")
    )
    assert answer.choices[0].finish_reason == "stop"
    assert json.loads(answer.choices[0].message.content or "")["sources"] == ["delivery"]
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_the_sdk_can_parse_the_answer_itself(client: openai.OpenAI) -> None:
    answer = client.chat.completions.parse(
        model="local-1",
        messages=make_call("How do I wash a down jacket?").messages,  # type: ignore[arg-type]
        response_format=AgentAnswer,
    )
    parsed = answer.choices[0].message.parsed
    assert parsed is not None
    assert parsed.sources == ["washing"]


def test_the_models_are_listed(client: openai.OpenAI) -> None:
    assert {model.id for model in client.models.list()} == {"local-1", "local-embedding-1"}


def test_errors_have_openais_shape(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-9", messages=[])
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError, match="at least one message"):
        client.chat.completions.create(model="local-1", messages=[])
    with pytest.raises(openai.BadRequestError, match="none empty"):
        client.embeddings.create(model="local-embedding-1", input=[""])
    with pytest.raises(openai.NotFoundError, match="unknown path"):
        client.post("/responses", cast_to=object, body={})
