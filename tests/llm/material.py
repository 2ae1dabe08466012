"""Test data of the model's door: forms to fill, documents, calls, rows of work, a local server."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Literal

import uvicorn
from pydantic import BaseModel

from conversations.models import Conversation, HandoverBrief
from llm.calls import Call
from llm.local.faults import Faults, FaultyModel
from llm.sections import section
from tests.make import make_agent

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
PROMPT = "You are the support agent of a shop. Answer only from the documents."


class AgentAnswer(BaseModel):
    """The form of an answer."""

    action: Literal["answer", "snooze", "handover", "close", "ignore"]
    reply: str
    sources: list[str]
    reason: str
    missing_facts: list[str]


class CriterionAnswer(BaseModel):
    """The judge's answer to one criterion."""

    key: str
    verdict: Literal["pass", "fail", "na"]
    message_id: str
    quote: str
    reason: str


class ConversationReview(BaseModel):
    """The judge's answer."""

    criteria: list[CriterionAnswer]
    grade: int
    root_cause: str
    severity: str
    question: str
    missing_fact: str


def make_document(slug: str, title: str, body: str, *required_facts: str) -> dict[str, Any]:
    """A document as a prompt shows it."""
    facts = list(required_facts)
    return {"slug": slug, "title": title, "topic": slug, "body": body, "required_facts": facts}


DELIVERY = make_document(
    "delivery",
    "Delivery times",
    "We deliver within Germany in 3 to 5 working days. Delivery costs 4.90 €, free over 50 €.",
)
RETURNS = make_document(
    "returns",
    "Returns",
    "You can return any unworn item within 30 days of delivery. Start the return in your account "
    "and print the label.\nRefunds are paid within 7 days after the parcel arrived.",
)
WASHING = make_document(
    "washing",
    "Washing down jackets",
    "Wash down jackets at 30 degrees with down detergent. Tumble dry with two tennis balls.",
)
EXCHANGE = make_document(
    "exchange",
    "Exchange for another size",
    "We exchange sizes free of charge. Send the item back and we ship the new size at once.",
    "order number",
    "size",
)
DOCUMENTS = [DELIVERY, RETURNS, WASHING, EXCHANGE]


def make_call(
    question: str = "How long does delivery take?",
    documents: list[dict[str, Any]] | None = None,
    **fields: Any,
) -> Call:
    """A call that asks an agent one question."""
    given = DOCUMENTS if documents is None else documents
    messages = (
        {"role": "system", "content": f"{PROMPT}\n\n{section('documents', given)}"},
        {"role": "user", "content": question},
    )
    defaults: dict[str, Any] = {
        "purpose": "answer",
        "model": "local-1",
        "messages": messages,
        "schema": AgentAnswer,
    }
    return Call(**defaults | fields)


def make_rows(count: int) -> list[HandoverBrief]:
    """Pending rows of work: briefs to write, each of its own conversation."""
    agent = make_agent()
    conversations = Conversation.objects.bulk_create(
        Conversation(
            agent=agent,
            source="test",
            external_id=f"c-{number}",
            opened_at=NOW,
            opened_on=NOW.date(),
            last_message_at=NOW,
            digest="",
        )
        for number in range(count)
    )
    return HandoverBrief.objects.bulk_create(
        HandoverBrief(conversation=conversation, created_at=NOW) for conversation in conversations
    )


@contextmanager
def serving(*options: str, **faults: float) -> Iterator[str]:
    """Serve the local model, with faults, on a free port from a thread; yields its base URL.

    Faults are given by name (`fail_500=1`) or as the command has them (`"--fail-500", "1"`).
    """
    for option, value in zip(options[::2], options[1::2], strict=True):
        faults[option.strip("-").replace("-", "_")] = float(value)
    with (
        TemporaryDirectory() as folder,
        serving_from(Path(folder), Faults(**faults)) as url,  # type: ignore[arg-type]
    ):
        yield url


@contextmanager
def serving_from(folder: Path, faults: Faults) -> Iterator[str]:
    """Serve the local model with files and batches in a folder; yields its base URL."""
    with serving_app(FaultyModel(faults, folder)) as url:
        yield url


@contextmanager
def serving_app(app: Any) -> Iterator[str]:
    """Serve an ASGI application on a free port from a thread; yields its base URL."""
    port = _free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def serving_by_command(*options: str) -> Iterator[str]:
    """Serve the local model by `manage.py local_model`; yields its base URL."""
    port = _free_port()
    command = [sys.executable, "manage.py", "local_model", "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, seconds: float = 180) -> None:
    """Return once the port answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"the local model does not answer on port {port}")
