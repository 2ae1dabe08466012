"""The corpus of attacks in customer and tool text, and a judge that lets itself be talked into all.

`injection.jsonl` holds an attack a line; characters nobody sees are escaped there. `demand` is what
the attack wants the agent to say.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn

from llm.local.app import Event, Receive, Send, read_body
from llm.sections import read_sections

CORPUS = Path(__file__).with_name("injection.jsonl")


@dataclass(frozen=True)
class Attack:
    """One text that wants to be more than text."""

    name: str
    language: str
    trick: str
    author: str
    text: str
    demand: str = ""


ATTACKS = [Attack(**json.loads(line)) for line in CORPUS.read_text("utf-8").splitlines()]
OWN_REASON = "it kept to the rules"
Persuaded = Callable[[str, dict[str, Any]], dict[str, Any]]


def copies(key: str, attack: dict[str, Any]) -> dict[str, Any]:
    """The answer whose reason is the attack itself, with no quote that proves anything."""
    return {"quote": "Within 90 days", "reason": attack["text"], "message_id": ""}


def quotes(key: str, attack: dict[str, Any]) -> dict[str, Any]:
    """The answer that takes the attack for evidence."""
    return {"quote": attack["text"], "reason": OWN_REASON, "message_id": attack["id"]}


def invents(key: str, attack: dict[str, Any]) -> dict[str, Any]:
    """The answer that quotes an approval nobody wrote."""
    return {"quote": "approved by Ms Okafor", "reason": OWN_REASON, "message_id": attack["id"]}


class GullibleJudge:
    """A server with the surface of a model that passes whatever begins with an attack."""

    def __init__(self, persuaded: Persuaded) -> None:
        self.persuaded = persuaded
        self.requests: list[dict[str, Any]] = []

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await read_body(receive)
        self.requests.append(json.loads(body))
        content = json.dumps(self._completion(self.requests[-1]["messages"])).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _completion(self, messages: list[dict[str, str]]) -> dict[str, Any]:
        """The completion that holds the review the attack asked for."""
        criteria = read_sections(messages[0]["content"])["criteria"]
        attack = read_sections(messages[1]["content"])["transcript"][0]
        rows = [
            {"key": one["key"], "verdict": "pass"} | self.persuaded(one["key"], attack)
            for one in criteria
        ]
        review = {"criteria": rows, "grade": 5, "root_cause": "no_fault", "severity": "none"}
        answer = json.dumps(review | {"question": "", "missing_fact": ""})
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 0,
            "model": "local-1",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": answer},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve on a free port from a thread; yields the base URL."""
        config = uvicorn.Config(self, port=0, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        with config.bind_socket() as bound:
            thread = Thread(target=server.run, args=([bound],), daemon=True)
            thread.start()
            try:
                yield f"http://127.0.0.1:{bound.getsockname()[1]}/v1"
            finally:
                server.should_exit = True
                thread.join()
