"""The local model as a small ASGI application with OpenAI's HTTP surface and error shape."""

import hashlib
import json
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from llm.local.batches import Batches, BatchFaults
from llm.local.embeddings import embed
from llm.local.errors import BadRequest, error_body
from llm.local.tasks import TASKS, read_question
from llm.schemas import task_name

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

CHAT_MODEL = "local-1"
EMBEDDING_MODEL = "local-embedding-1"
_CHARACTERS_PER_TOKEN = 4
_JSON = [(b"content-type", b"application/json")]


class LocalModel:
    """The application; its only state are the files and batches it was sent, kept in a folder."""

    def __init__(self, folder: Path, faults: BatchFaults | None = None) -> None:
        self._batches = Batches(folder, work, faults)

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Serve one HTTP request, or a server's start and stop."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        status, content = self.respond(scope, await read_body(receive))
        await send({"type": "http.response.start", "status": status, "headers": _JSON})
        await send({"type": "http.response.body", "body": content})

    def respond(self, scope: Event, body: bytes) -> tuple[int, bytes]:
        """Return the status and the body of the answer to one request."""
        method, path = scope["method"], scope["path"].removeprefix("/v1").rstrip("/")
        try:
            if path.startswith(("/files", "/batches")):
                kind = dict(scope["headers"]).get(b"content-type", b"").decode()
                query = scope["query_string"].decode()
                answer = self._batches.respond(method, path, query, body, kind)
            elif (method, path) == ("GET", "/models"):
                answer = _models()
            elif method == "POST":
                answer = work(path, _read_json(body))
            else:
                raise BadRequest(f"unknown path: {method} {path}", status=404, code="not_found")
        except BadRequest as error:
            return error.status, error_body(error)
        return 200, answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def work(path: str, request: dict[str, Any]) -> dict[str, Any]:
    """Work one request to the model; the lines of a batch come through here too."""
    if path == "/chat/completions":
        return _complete(request)
    if path == "/embeddings":
        return _embed(request)
    raise BadRequest(f"unknown path: POST {path}", status=404, code="not_found")


def _complete(request: dict[str, Any]) -> dict[str, Any]:
    """Answer a chat completion by the task that its JSON schema names."""
    _check_model(request, CHAT_MODEL)
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("'messages' must be a list of at least one message", param="messages")
    if not all(isinstance(message, dict) for message in messages):
        raise BadRequest("every message must be an object", param="messages")
    name = str(((request.get("response_format") or {}).get("json_schema") or {}).get("name"))
    if (task := TASKS.get(task_name(name))) is None:
        known = ", ".join(TASKS)
        raise BadRequest(f"the local model fills {known}, not {name!r}", param="response_format")
    temperature, tools = float(request.get("temperature") or 0), request.get("tools") or []
    question = read_question(messages, temperature, request.get("seed"), tools)
    filled = task(question)
    content = json.dumps(filled, ensure_ascii=False)
    message = _message(filled, content)
    return {
        "id": f"chatcmpl-{hashlib.sha256(content.encode()).hexdigest()[:24]}",
        "object": "chat.completion",
        "created": 0,
        "model": CHAT_MODEL,
        "choices": [
            {"index": 0, "message": message, "finish_reason": _reason(message), "logprobs": None}
        ],
        "usage": _usage(question.characters, len(content)),
    }


def _message(filled: dict[str, Any], content: str) -> dict[str, Any]:
    """The form that was filled as a message, or the calls of tools in OpenAI's shape."""
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
    if "tool_calls" not in filled:
        return message
    calls = []
    for number, call in enumerate(filled["tool_calls"]):
        arguments = json.dumps(call["arguments"], ensure_ascii=False)
        name = hashlib.sha256(f"{number}{content}".encode()).hexdigest()[:16]
        function = {"name": call["name"], "arguments": arguments}
        calls.append({"id": f"call_{name}", "type": "function", "function": function})
    return message | {"content": None, "tool_calls": calls}


def _reason(message: dict[str, Any]) -> str:
    return "tool_calls" if message["content"] is None else "stop"


def _embed(request: dict[str, Any]) -> dict[str, Any]:
    """Answer an embeddings request."""
    _check_model(request, EMBEDDING_MODEL)
    given = request.get("input")
    texts = [given] if isinstance(given, str) else given
    if (
        not isinstance(texts, list)
        or not texts
        or not all(isinstance(text, str) and text for text in texts)
    ):
        raise BadRequest("'input' must be a text or a list of texts, none empty", param="input")
    rows = [
        {"object": "embedding", "index": index, "embedding": embed(text)}
        for index, text in enumerate(texts)
    ]
    used = _usage(sum(map(len, texts)), 0)
    return {"object": "list", "model": EMBEDDING_MODEL, "data": rows, "usage": used}


def _check_model(request: dict[str, Any], model: str) -> None:
    if request.get("model") != model:
        raise BadRequest(
            f"the model {request.get('model')!r} does not exist",
            status=404,
            param="model",
            code="model_not_found",
        )


def _usage(sent: int, answered: int) -> dict[str, Any]:
    """Count tokens, taken as a quarter of the characters."""
    prompt, completion = sent // _CHARACTERS_PER_TOKEN + 1, answered // _CHARACTERS_PER_TOKEN
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0},
    }


def _models() -> dict[str, Any]:
    names = (CHAT_MODEL, EMBEDDING_MODEL)
    rows = [{"id": name, "object": "model", "created": 0, "owned_by": "agentops"} for name in names]
    return {"object": "list", "data": rows}


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except ValueError:
        raise BadRequest("the body is not JSON") from None
    if not isinstance(request, dict):
        raise BadRequest("the body is not a JSON object")
    return request


async def read_body(receive: Receive) -> bytes:
    """Read the whole body of a request."""
    parts: list[bytes] = []
    while True:
        event = await receive()
        parts.append(event.get("body", b""))
        if not event.get("more_body"):
            return b"".join(parts)


async def _live(receive: Receive, send: Send) -> None:
    """Follow a server's start and stop."""
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
