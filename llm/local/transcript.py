"""A conversation as a judge or a colleague reads it afterwards."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from llm.local.moods import has_content, without_greeting
from llm.local.text import content_stems, sentences

QUOTE_LENGTH = 200
QUESTION_LENGTH = 140
_TELLING_STEMS = 3


@dataclass(frozen=True)
class Message:
    """One message; `id` is what a quote refers to."""

    id: str
    author: str
    public: bool
    text: str

    def quote(self, piece: str = "") -> str:
        """Return `piece` if it stands in the message as it is, else the message's beginning."""
        return (piece if piece and piece in self.text else self.text.strip())[:QUOTE_LENGTH].strip()


@dataclass(frozen=True)
class Transcript:
    """All messages in order, and those of each side."""

    messages: Sequence[Message]

    @cached_property
    def customer(self) -> list[Message]:
        """What the customer wrote."""
        return self._by("customer")

    @cached_property
    def ai(self) -> list[Message]:
        """What the AI agent told the customer."""
        return self._by("ai")

    @cached_property
    def human(self) -> list[Message]:
        """What people told the customer."""
        return self._by("human")

    def _by(self, author: str) -> list[Message]:
        return [
            message
            for message in self.messages
            if message.author == author and message.public and message.text.strip()
        ]

    def before(self, last: Message) -> list[Message]:
        """Return the messages before `last`."""
        return list(self.messages[: self.messages.index(last)])

    def after(self, first: Message) -> list[Message]:
        """Return the messages after `first`."""
        return list(self.messages[self.messages.index(first) + 1 :])

    def turns_before_people(self) -> list[tuple[str, str]]:
        """Return the chat as the agent had it before people came: (role, text), customer last."""
        roles = {"customer": "user", "ai": "assistant"}
        turns: list[tuple[str, str]] = []
        for message in self.messages:
            if message.author == "human":
                break
            if message.public and message.author in roles:
                turns.append((roles[message.author], message.text))
        while turns and turns[-1][0] == "assistant":
            turns.pop()
        return turns

    @cached_property
    def first_question(self) -> str:
        """The customer's first real question, without a greeting, in a line of 140 characters."""
        for message in self.customer:
            if has_content(message.text):
                return _one_line(_question_in(sentences(without_greeting(message.text))))
        return ""


def _question_in(parts: Sequence[str]) -> str:
    """Choose the sentence that asks, with those before it that it needs to be understood.

    Where no sentence asks, the one that says most is the question.
    """
    asking = next((place for place, part in enumerate(parts) if part.endswith("?")), None)
    if asking is None:
        return max(parts, key=lambda part: len(content_stems(part)))
    first = asking
    while first and len(content_stems(" ".join(parts[first : asking + 1]))) < _TELLING_STEMS:
        first -= 1
    return " ".join(parts[first : asking + 1])


def _one_line(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= QUESTION_LENGTH else plain[: QUESTION_LENGTH - 1].rstrip() + "…"


def read_transcript(rows: Iterable[Mapping[str, Any]]) -> Transcript:
    """Read the section <transcript>."""
    return Transcript(
        [
            Message(
                str(row.get("id", "")),
                str(row.get("author", "")),
                bool(row.get("public", True)),
                str(row.get("text") or ""),
            )
            for row in rows
        ]
    )
