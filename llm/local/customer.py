"""The task `customer_turn`: what a customer with a goal says next to a support agent.

It says what it wants, gives a fact when the agent asks for it by name, confirms, and leaves: happy
with the first statement after it has said all it wants, or weary of questions it cannot answer.
"""

import re
from typing import Any

from llm.local.facts import asks_for
from llm.local.text import content_stems, overlap, sentences, stem, words

_DOES_NOT_KNOW = "Sorry, I do not know that."
_PATIENCE = 2
_SAID = 0.8
_CONFIRMS = re.compile(
    r"\b(?:is that (?:right|correct|ok)|shall i|should i|do you (?:want|confirm)|please confirm"
    r"|would you like me|can you confirm|yes or no)\b",
    re.IGNORECASE,
)
_REFUSES = re.compile(
    r"\b(?:passing (?:you|your)|colleague|transfer|cannot|can't|unable|not possible|not able)\b",
    re.IGNORECASE,
)
_FIRST_PERSON = {
    "you are": "I am", "you're": "I'm", "you have": "I have", "you were": "I was", "your": "my",
    "yours": "mine", "yourself": "myself", "you": "I",
}  # fmt: skip
_SECOND_PERSON = re.compile(rf"\b({'|'.join(_FIRST_PERSON)})\b", re.IGNORECASE)


def speak(material: dict[str, Any]) -> dict[str, Any]:
    """Say the customer's next message, or leave."""
    customer, turns = material.get("customer") or {}, material.get("conversation") or []
    said = [str(turn.get("text")) for turn in turns if turn.get("author") == "customer"]
    replies = [str(turn.get("text")) for turn in turns if turn.get("author") != "customer"]
    wish = _unsaid(customer, said)
    if not replies:
        return _go_on(wish or "Hello, I need some help.")
    reply = replies[-1]
    if _REFUSES.search(reply) or reply in replies[:-1]:
        return {"decision": "gives_up", "text": ""}
    if _CONFIRMS.search(reply):
        return _go_on("Yes, please.")
    if told := _answers(customer, reply, said):
        return _go_on(told)
    if wish:
        return _go_on(wish)
    if "?" not in reply and not reply.lower().startswith("please"):
        return {"decision": "satisfied", "text": "Thanks, that helps!"}
    if said.count(_DOES_NOT_KNOW) >= _PATIENCE:
        return {"decision": "gives_up", "text": ""}
    return _go_on(_DOES_NOT_KNOW)


def _go_on(text: str) -> dict[str, Any]:
    return {"decision": "goes_on", "text": text}


def _unsaid(customer: dict[str, Any], said: list[str]) -> str:
    """The next sentence of the goal that was not said yet, as the customer would say it."""
    heard = set(content_stems(" ".join(said)))
    for sentence in sentences(str(customer.get("goal") or "")):
        if overlap(set(content_stems(sentence)), heard) < _SAID:
            return _in_first_person(sentence)
    return ""


def _answers(customer: dict[str, Any], reply: str, said: list[str]) -> str:
    """What the agent asks for, of what the customer knows and did not say yet."""
    known = [*(customer.get("known_facts") or []), *(customer.get("withheld_facts") or [])]
    told = [
        fact
        for fact in map(str, known)
        if _is_asked(fact, reply) and not any(fact in text for text in said)
    ]
    return " ".join(f"{fact[:1].upper()}{fact[1:].rstrip('.')}." for fact in told)


def _is_asked(fact: str, reply: str) -> bool:
    """Whether the agent asks for a fact: for its name ("size: M"), or for most of its words."""
    name, named, _ = fact.partition(":")
    if named:
        return asks_for(name, reply) or (
            "?" in reply and bool({stem(word) for word in words(name)} & set(content_stems(reply)))
        )
    asked = set(content_stems(reply))
    return "?" in reply and len(asked & set(content_stems(fact))) >= 1


def _in_first_person(text: str) -> str:
    """A description of the customer ("You want your money back") in the customer's own words."""

    def spoken(match: re.Match[str]) -> str:
        return _FIRST_PERSON[match.group().lower()]

    plain = _SECOND_PERSON.sub(spoken, text)
    return f"{plain[:1].upper()}{plain[1:]}"
