"""Faults on purpose: the local model behind a bad network and an overloaded provider.

Each request draws its fate from a seed, its own content and how often it came, so that a test with
the same requests meets the same faults, in whatever order they arrive.
"""

import asyncio
import hashlib
import json
import random
import time
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llm.local.app import Event, LocalModel, Receive, Send, read_body
from llm.local.batches import BatchFaults
from llm.local.errors import BadRequest, error_body

TURNED = {"pass": "fail", "fail": "pass"}


@dataclass(frozen=True)
class Faults:
    """How often what goes wrong (shares of all requests), and how slow every answer is.

    Noise is no fault: with `answer_noise` an agent hands over by chance what it could answer, with
    `grade_noise` a grader says the opposite, each time it is asked anew.
    """

    latency_ms: float = 0.0
    fail_429: float = 0.0
    fail_500: float = 0.0
    drop: float = 0.0
    malformed: float = 0.0
    answer_noise: float = 0.0
    grade_noise: float = 0.0
    retry_after: float = 1.0
    seed: int = 0
    batch_seconds: float = 0.0
    batch_fail: float = 0.0
    batch_expire: float = 0.0
    batch_refuse: bool = False
    no_batches: bool = False

    def of_batches(self) -> BatchFaults:
        """Those of batches; the share of malformed answers holds for their lines too."""
        return BatchFaults(
            seconds=self.batch_seconds,
            fail=self.batch_fail,
            malformed=self.malformed,
            expire=self.batch_expire,
            refuse=self.batch_refuse,
            missing=self.no_batches,
            seed=self.seed,
        )


class FaultyModel:
    """The local model as an ASGI application that fails as it is told; for a real port."""

    def __init__(self, faults: Faults, folder: Path, answers: dict[str, str] | None = None) -> None:
        """With `answers`, a question that was asked before gets the answer it got then: a load test
        then measures who asks, not this model. New answers are added.

        `served` counts requests by their fate; "unheard" are those whose client was gone before its
        answer came.
        """
        self._faults = faults
        self._answers = answers
        self._model = LocalModel(folder, faults.of_batches())
        self._seen: Counter[int] = Counter()
        self.served: Counter[str] = Counter()

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Serve one request, or fail it."""
        if scope["type"] != "http":
            await self._model(scope, receive, send)
            return
        body = await read_body(receive)
        ends = time.monotonic() + self._faults.latency_ms / 1000
        fate = self._fate(body) if scope["method"] == "POST" else "fine"
        status, content, headers = self._answer(fate, scope, body)
        await asyncio.sleep(ends - time.monotonic())  # what the answer took is part of the latency
        self.served["unheard" if await _is_gone(receive) else fate] += 1
        if fate == "drop":
            # Half an answer: the server closes the connection, and the client sees it break.
            await _start(send, 200, {"content-length": "1000"})
            return
        await _start(send, status, headers)
        await send({"type": "http.response.body", "body": content})

    def _fate(self, body: bytes) -> str:
        """Draw what happens to a request."""
        key = zlib.crc32(body)
        self._seen[key] += 1
        draw = random.Random(f"{self._faults.seed}:{key}:{self._seen[key]}").random()
        for fate in ("fail_429", "fail_500", "drop", "malformed"):
            share = getattr(self._faults, fate)
            if draw < share:
                return fate
            draw -= share
        return "fine"

    def _answer(self, fate: str, scope: Event, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """Return status, body and headers; nothing for an answer that will be dropped."""
        if fate == "drop":
            return 200, b"", {}
        if fate == "fail_429":
            error = BadRequest("Rate limit reached", status=429, code="rate_limit_exceeded")
            return 429, error_body(error), {"retry-after": str(self._faults.retry_after)}
        if fate == "fail_500":
            return 500, error_body(BadRequest("The server had an error", status=500)), {}
        status, content = self._respond(scope, body)
        if self._faults.answer_noise or self._faults.grade_noise:
            content = self._with_noise(body, content)
        return status, _cut(content) if fate == "malformed" else content, {}

    def _with_noise(self, body: bytes, content: bytes) -> bytes:
        """Turn the share of answers and grades that are to come out the other way by chance."""
        key = zlib.crc32(body)
        draw = random.Random(f"noise:{self._faults.seed}:{key}:{self._seen[key]}").random()
        answer = json.loads(content)
        for choice in answer.get("choices", []):
            said = json.loads(choice["message"]["content"])
            is_grade = said.get("verdict") in TURNED
            if draw < (self._faults.grade_noise if is_grade else self._faults.answer_noise):
                choice["message"]["content"] = json.dumps(_turned(said))
        return json.dumps(answer).encode()

    def _respond(self, scope: Event, body: bytes) -> tuple[int, bytes]:
        """The model's answer, or the one it gave when it was asked the same before."""
        if self._answers is None or not scope["path"].endswith("/chat/completions"):
            return self._model.respond(scope, body)
        key = _question(body)
        if key not in self._answers:
            status, content = self._model.respond(scope, body)
            if status != 200:
                return status, content
            self._answers[key] = content.decode()
        return 200, self._answers[key].encode()


def _turned(said: dict[str, Any]) -> dict[str, Any]:
    """A grade with the other verdict; an agent's answer as a handover; anything else as it was."""
    if said.get("verdict") in TURNED:
        return said | {"verdict": TURNED[said["verdict"]]}
    if said.get("action") == "answer":
        return said | {"action": "handover", "reply": "", "sources": [], "reason": "by chance"}
    return said


def _question(body: bytes) -> str:
    """What makes two requests the same question, in whatever way their JSON was written."""
    try:
        said = json.dumps(json.loads(body), sort_keys=True)
    except ValueError:
        return ""
    return hashlib.sha256(said.encode()).hexdigest()


async def _is_gone(receive: Receive) -> bool:
    """Whether the client of a request that was read has hung up meanwhile."""
    waiting = asyncio.ensure_future(receive())
    await asyncio.sleep(0)
    gone = waiting.done() and waiting.result()["type"] == "http.disconnect"
    waiting.cancel()
    return gone


async def _start(send: Send, status: int, headers: dict[str, str]) -> None:
    """Send the status and the headers of an answer."""
    lines = {"content-type": "application/json", **headers}
    raw = [(name.encode(), value.encode()) for name, value in lines.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


def _cut(content: bytes) -> bytes:
    """Cut the JSON that the model wrote in half; the answer around it stays whole."""
    answer = json.loads(content)
    for choice in answer.get("choices", []):
        message = choice["message"]
        for call in message.get("tool_calls") or []:
            arguments = call["function"]["arguments"]
            call["function"]["arguments"] = arguments[: len(arguments) // 2]
        text = message["content"] or ""
        message["content"] = text[: len(text) // 2]
    return json.dumps(answer).encode()
