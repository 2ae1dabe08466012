"""The words around what the local model has to say: courteous frames by tone."""

import random
from collections.abc import Sequence

from llm.local.directives import Directives

_FRAMES = {
    "friendly": (
        ("Thanks for getting in touch! {} I hope that helps.", "Happy to help! {} Just reply here if anything is still open."),
        "Thanks for reaching out! So that I can help you, could you please tell me {}?",
        "You're very welcome! Have a lovely day.",
        "Thank you for your patience. I am passing you to a colleague, who will get back to you here.",
    ),
    "formal": (
        ("Thank you for your message. {} Please reply to this message if you have further questions.", "Thank you for contacting us. {} We remain at your disposal."),
        "Thank you for your message. To assist you, could you please provide {}?",
        "You are welcome. We wish you a pleasant day.",
        "Thank you for your patience. I am passing your request to a colleague, who will reply here.",
    ),
    "brief": (("{}", "{}"), "Please tell me {}?", "You're welcome.", "I am passing you to a colleague."),
}  # fmt: skip


def answer(directives: Directives, facts: Sequence[str], noise: random.Random | None) -> str:
    """Frame sentences of a document; noise picks another wording."""
    frames = _FRAMES.get(directives.tone, _FRAMES["friendly"])[0]
    frame = noise.choice(frames) if noise else frames[0]
    return _signed(frame.format(" ".join(facts)), directives)


def request(directives: Directives, missing: Sequence[str]) -> str:
    """Ask the customer for facts."""
    return _signed(
        _FRAMES.get(directives.tone, _FRAMES["friendly"])[1].format(_list(missing)), directives
    )


def goodbye(directives: Directives) -> str:
    """Close a conversation."""
    return _signed(_FRAMES.get(directives.tone, _FRAMES["friendly"])[2], directives)


def passing_on(directives: Directives) -> str:
    """Tell the customer that a person takes over."""
    return _signed(_FRAMES.get(directives.tone, _FRAMES["friendly"])[3], directives)


def _list(names: Sequence[str]) -> str:
    """Join names as people do: your order number, your size and the colour."""
    named = [name if name.startswith(("your ", "the ", "a ")) else f"your {name}" for name in names]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _signed(text: str, directives: Directives) -> str:
    return f"{text}\n\nBest regards,\n{directives.signature}" if directives.signature else text
