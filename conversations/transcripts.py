"""A conversation as a model reads it: every message with its id, visibly shortened if too long."""

from collections import deque
from typing import TypedDict

from conversations.models import Conversation, Message

LONGEST_TOOL_TEXT = 1500
OVERHEAD = 80
NOTE_LENGTH = 40


class Line(TypedDict):
    """One message of a transcript. The id of a note about left-out messages is empty."""

    id: str
    author: str
    public: bool
    text: str


def transcript(conversation: Conversation, max_chars: int) -> tuple[list[Line], bool]:
    """The messages in order, and whether anything was cut to stay near `max_chars`.

    Long outputs of tools are shortened first, then long texts; then messages in the middle are
    left out, because the question stands at the beginning and what became of it at the end.
    """
    lines = [line_of(message) for message in conversation.messages.all()]
    if size_of(lines) <= max_chars:
        return lines, False
    for line in lines:
        if line["author"] in ("tool", "system"):
            line["text"] = shorten(line["text"], LONGEST_TOOL_TEXT)
    if size_of(lines) > max_chars:
        for line in lines:
            line["text"] = shorten(line["text"], max(200, max_chars // 6))
    return without_middle(lines, max_chars), True


def line_of(message: Message) -> Line:
    """One message as a line."""
    return Line(
        id=message.external_id, author=message.author, public=message.public, text=message.text
    )


def size_of(lines: list[Line]) -> int:
    """Characters of a transcript, with what its form adds to each message."""
    return sum(len(line["text"]) + OVERHEAD for line in lines)


def shorten(text: str, limit: int) -> str:
    """The beginning of a text, and how much of it is missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]} [… {len(text) - limit} characters left out]"


def without_middle(lines: list[Line], max_chars: int) -> list[Line]:
    """The first and the last messages that fit, with a note between them."""
    if size_of(lines) <= max_chars:
        return lines
    head: list[Line] = []
    tail: list[Line] = []
    rest, room = deque(lines), max_chars - OVERHEAD - NOTE_LENGTH
    while rest:
        forward = len(head) <= len(tail)
        room -= size_of([rest[0] if forward else rest[-1]])
        if room < 0 and head and tail:
            break
        if forward:
            head.append(rest.popleft())
        else:
            tail.append(rest.pop())
    note = Line(id="", author="system", public=False, text=f"[… {len(rest)} messages left out]")
    return [*head, *([note] if rest else []), *reversed(tail)]
