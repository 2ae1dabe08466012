"""The tasks the local model knows, told apart by the name of the JSON schema to fill."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from llm.local import (
    answering,
    briefing,
    capturing,
    customer,
    disagreeing,
    drafting,
    grading,
    naming,
    reviewing,
)
from llm.local.knowledge import Knowledge, read_documents
from llm.local.tools import Used
from llm.sections import read_sections, without_sections


@dataclass(frozen=True)
class Instructions:
    """What the system messages hold: prose, sections, and the documents among them."""

    prose: str
    sections: Mapping[str, Any]
    knowledge: Knowledge


@dataclass(frozen=True)
class Question:
    """What the model was sent."""

    instructions: Instructions
    turns: Sequence[tuple[str, str]]
    temperature: float
    seed: int | None
    characters: int
    tools: Sequence[Mapping[str, Any]] = ()
    used: Sequence[Used] = ()

    def material(self) -> dict[str, Any]:
        """Return the sections of the instructions and of the last message."""
        last = self.turns[-1][1] if self.turns else ""
        return {**self.instructions.sections, **read_sections(last)}


def read_question(
    messages: Sequence[Mapping[str, Any]],
    temperature: float,
    seed: int | None,
    tools: Sequence[Mapping[str, Any]] = (),
) -> Question:
    """Read chat messages; system and developer messages are the instructions."""
    used = _read_used(messages)
    messages = [message for message in messages if not message.get("tool_calls")]
    texts = [(str(message.get("role")), _text(message.get("content"))) for message in messages]
    system = "\n\n".join(text for role, text in texts if role in ("system", "developer"))
    return Question(
        instructions=_read_instructions(system),
        turns=[(role, text) for role, text in texts if role in ("user", "assistant")],
        temperature=temperature,
        seed=seed,
        characters=sum(len(text) for _, text in texts),
        tools=tools,
        used=used,
    )


def _read_used(messages: Sequence[Mapping[str, Any]]) -> list[Used]:
    """Read the calls of tools that were made, each with its result."""
    results = {
        message.get("tool_call_id"): _text(message.get("content"))
        for message in messages
        if message.get("role") == "tool"
    }
    used: list[Used] = []
    for message in messages:
        for call in message.get("tool_calls") or ():
            function = call.get("function") or {}
            with suppress(ValueError):
                arguments = json.loads(function.get("arguments") or "{}")
                result = results.get(call.get("id"), "")
                used.append(Used(str(function.get("name")), arguments, result))
    return used


def _text(content: Any) -> str:
    """Return the text of a message, also when it comes in parts."""
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


@lru_cache(maxsize=128)
def _read_instructions(system: str) -> Instructions:
    """Read instructions once; thousands of calls share them."""
    sections = read_sections(system)
    knowledge = Knowledge(read_documents(sections.get("documents") or []))
    return Instructions(without_sections(system), sections, knowledge)


def _answer(question: Question) -> dict[str, Any]:
    """Fill agent_answer: the turns are the conversation, the documents are in the instructions."""
    return answering.answer(
        question.instructions.prose,
        question.instructions.knowledge,
        question.turns,
        temperature=question.temperature,
        seed=question.seed,
        tools=question.tools,
        used=question.used,
    )


TASKS: Mapping[str, Callable[[Question], dict[str, Any]]] = {
    "agent_answer": _answer,
    "conversation_review": lambda question: reviewing.review(question.material()),
    "customer_turn": lambda question: customer.speak(question.material()),
    "case_grade": lambda question: grading.grade(question.material()),
    "handover_brief": lambda question: briefing.brief(question.material()),
    "case_drafts": lambda question: drafting.draft(question.material()),
    "passage_judgement": lambda question: disagreeing.judge(question.material()),
    "captured_fact": lambda question: capturing.capture(question.material()),
    "cluster_name": lambda question: naming.name(question.material()),
}
