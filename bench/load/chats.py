"""Chats of a shop as a client sends them: six messages each, thirty subjects, no two alike."""

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

SUBJECTS = (
    "down jacket", "rain shell", "hiking boots", "fleece vest", "wool beanie", "ski trousers",
    "trail shoes", "base layer", "sleeping bag", "trekking poles",
)  # fmt: skip
QUESTIONS = (
    (
        "How do I return the {thing} of order {order}?",
        "You can return unworn items within 30 days.",
    ),
    (
        "Where is my {thing}? Order {order}.",
        "Order {order} left our warehouse and arrives in 3 days.",
    ),
    ("Can I wash the {thing} at 60 degrees?", "Please wash the {thing} at 30 degrees, on gentle."),
)
ENDINGS = (
    ("Thanks, that helps!", "You are welcome. Have a nice day!", 0.7),
    ("That is not what I asked.", "I am sorry. Could you tell me more about order {order}?", 0.2),
    ("This is useless, I want a person.", "I am passing you on to a colleague.", 0.1),
)


def chat(number: int, day: date) -> dict[str, Any]:
    """The chat of this number, always the same."""
    drawn = random.Random(number)
    words = {"thing": drawn.choice(SUBJECTS), "order": f"{100000 + number}"}
    question, reply = drawn.choice(QUESTIONS)
    (last, goodbye, _), *_ = drawn.choices(ENDINGS, [share for *_, share in ENDINGS])
    lines = (
        ("customer", f"Hello, I am customer {number}."),
        ("ai", "Hello! How can I help you today?"),
        ("customer", question),
        ("ai", reply),
        ("customer", last),
        ("ai", goodbye),
    )
    messages = [
        {
            "external_id": f"{number}-{place}",
            "author": author,
            "text": text.format_map(words),
            "sent_at": f"{day}T10:{place:02d}:00Z",
        }
        for place, (author, text) in enumerate(lines)
    ]
    times = {"opened_at": f"{day}T10:00:00Z", "closed_at": f"{day}T10:10:00Z"}
    return {
        "external_id": f"c-{number}",
        "source": "bench",
        "channel": "chat",
        "messages": messages,
    } | times


def write_chats(path: Path, count: int, day: date) -> None:
    """Chats 0 … count - 1, one a line."""
    path.write_text("".join(f"{json.dumps(chat(number, day))}\n" for number in range(count)))
