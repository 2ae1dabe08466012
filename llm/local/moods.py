"""What a customer's message is besides its question: angry, a threat, a thank-you, a greeting."""

import re
from collections.abc import Sequence

from llm.local.phrases import says
from llm.local.text import content_stems, words

_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings)\b"
    r"(?: there)?(?: [A-Za-z]+(?=[,.!]))?[,.!\s]*)+",
    re.IGNORECASE,
)
_GIVES_A_FACT = re.compile(r"^(?:my|the|it'?s my) [\w -]{2,40}(?: is|:) \S+$", re.IGNORECASE)
_LOUD_LETTERS = 15
_LOUD = 0.6
_THANKING_WORDS = 12


def is_angry(text: str) -> bool:
    """Whether the customer is angry: strong words, or shouting."""
    return is_shouting(text) or says("angry", text) is not None


def is_shouting(text: str) -> bool:
    """Whether a text is mostly in capitals, or exclaims without end."""
    letters = [letter for letter in text if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    return "!!!" in text or (len(letters) >= _LOUD_LETTERS and capitals > _LOUD * len(letters))


def mood(texts: Sequence[str]) -> str:
    """Return the worst mood in the customer's messages: calm, annoyed or angry."""
    if any(is_angry(text) for text in texts):
        return "angry"
    return "annoyed" if any(says("annoyed", text) for text in texts) else "calm"


def is_risky(text: str) -> bool:
    """Whether a text speaks of law, safety or damage to health: always for a person."""
    return says("risky", text) is not None


def wants_person(text: str) -> bool:
    """Whether the customer asks for a human being."""
    return says("wants_person", text) is not None


def needs_person(text: str) -> bool:
    """Whether a person has to answer this message, whatever the documents say."""
    return is_risky(text) or wants_person(text) or is_angry(text)


def is_automatic(text: str) -> bool:
    """Whether a machine wrote the message: auto-replies, bounces, advertising."""
    return says("automatic", text) is not None


def is_just_thanks(text: str) -> bool:
    """Whether the message thanks, or says that all is well, and asks for nothing."""
    asks = "?" in text or says("still_asks", text)
    return says("thanks", text) is not None and not asks and len(words(text)) <= _THANKING_WORDS


def is_unsatisfied(text: str) -> bool:
    """Whether the customer says that the last answer did not help, or was given before."""
    return says("not_helped", text) is not None or is_angry(text)


def without_greeting(text: str) -> str:
    """Return a text without the hello at its beginning."""
    return _GREETING.sub("", text.strip()).strip()


def has_content(text: str) -> bool:
    """Whether anything is left of a text once small talk is taken away."""
    return bool(content_stems(without_greeting(text)))


def only_gives_a_fact(sentence: str) -> bool:
    """Whether a sentence tells the value of something and asks nothing: My order number is #77."""
    return _GIVES_A_FACT.match(sentence.strip().rstrip(".!")) is not None
