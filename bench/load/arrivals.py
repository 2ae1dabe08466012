"""Conversations as a helpdesk sends them: six messages and some 2.1 kB each, over the segments of a
shop, each day after the other.
"""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

TOPICS, CHANNELS, LANGUAGES = 15, 3, 4
SAID = (
    "Hello, I ordered the {thing} with number {order} and would like to know what I can do now.",
    "Hello! I am happy to help. Unworn items can be returned within 30 days of delivery, free of "
    "charge: print the label under My orders and hand the parcel in at any post office near you.",
    "Thank you. And how long does it take until I have my money back? I paid by credit card, and "
    "the last time I waited for more than two weeks.",
    "We refund within 5 working days after the parcel has arrived at our warehouse; your bank may "
    "take up to 3 days more. You will get an e-mail as soon as we have booked it.",
    "All right, then I will send it back tomorrow. The size was simply too small for me, which is "
    "a pity, because I like the colour and it arrived so soon.",
    "I am glad that I could help. If you like, I can look for the {thing} in the next size; just "
    "tell me here, or have a look under New in. Should anything else come up, write to us at any "
    "time: we are here from Monday to Saturday, and most questions are answered within minutes.",
)
THINGS = ("down jacket", "rain shell", "hiking boots", "fleece vest", "wool beanie", "sleeping bag")


def conversation(number: int, count: int, first: date, days: int) -> dict[str, Any]:
    """The conversation of this number of so many in so many days, always the same."""
    drawn = random.Random(number)
    words = {"thing": drawn.choice(THINGS), "order": f"{1_000_000 + number}"}
    start = datetime(first.year, first.month, first.day, 6, tzinfo=UTC)
    day, place = divmod(number * days / count, 1)
    opened = start + timedelta(days=int(day), hours=12 * place)
    found: dict[str, Any] = {
        "external_id": f"t-{number}",
        "source": "bench",
        "channel": f"channel {int(CHANNELS * drawn.random() ** 2)}",
        "topic": f"topic {int(TOPICS * drawn.random() ** 2)}",
        "language": f"language {int(LANGUAGES * drawn.random() ** 2)}",
        "customer_ref": f"customer-{drawn.randrange(count)}",
        "opened_at": opened.isoformat(),
        "closed_at": (opened + timedelta(hours=1)).isoformat(),
        "tags": ["ai_answered", "ai_close"] if drawn.random() < 0.7 else ["ai_handover"],
        "cost_usd": "0.0123",
        "messages": [
            {
                "external_id": f"{number}-{place}",
                "author": ("customer", "ai")[place % 2],
                "text": text.format_map(words),
                "sent_at": (opened + timedelta(minutes=place)).isoformat(),
            }
            | ({"sources": ["returns"]} if place % 2 else {})
            for place, text in enumerate(SAID)
        ],
    }
    if drawn.random() < 0.2:
        found["csat"] = {"score": drawn.randint(1, 5), "scored_at": found["closed_at"]}
    return found
