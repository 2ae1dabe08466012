"""Whether what an agent stated is in its documents, or was said before."""

from collections.abc import Set
from dataclasses import dataclass, field

from llm.local.contradictions import contradict, measures
from llm.local.finding import NOT_APPLICABLE, Finding
from llm.local.knowledge import Knowledge
from llm.local.phrases import begins_with, says
from llm.local.text import content_stems, numbers, overlap, sentences
from llm.local.transcript import Message, Transcript

_SUPPORTED = 0.5
_LEAST_STEMS = 3
_LEAST_STEMS_WITH_NUMBER = 2
_UNITS_OF_TIME = ("minut", "hour", "day", "week", "month", "year", "%")


def claims(message: Message) -> list[str]:
    """Return the sentences of a reply that state something about the world.

    Questions, courtesy, headings and what the agent says of its own doing state nothing; a number
    always does.
    """
    return [part for part in sentences(message.text) if _is_claim(part)]


def _is_claim(part: str) -> bool:
    if part.endswith(("?", ":")):
        return False
    if numbers(part):
        return len(content_stems(part)) >= _LEAST_STEMS_WITH_NUMBER
    talk = says("courtesy", part) or begins_with("own_doing", part)
    return not talk and len(content_stems(part)) >= _LEAST_STEMS


@dataclass
class Heard:
    """What was said in a conversation so far."""

    has_tools: bool
    stems: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)

    def add(self, message: Message) -> None:
        """Listen to one more message."""
        self.stems.update(content_stems(message.text))
        self.numbers |= numbers(message.text)


def check(transcript: Transcript, knowledge: Knowledge) -> Finding:
    """Return the first claim that rests on nothing, else one that rests on something."""
    heard = Heard(has_tools=any(message.author == "tool" for message in transcript.messages))
    proof = NOT_APPLICABLE
    for message in transcript.messages:
        if message.author == "ai" and message.public:
            for claim in claims(message):
                if reason := _why_unsupported(claim, knowledge, heard):
                    return Finding("fail", message, claim, reason, "hallucination")
                if proof is NOT_APPLICABLE:
                    proof = Finding("pass", message, claim, "what was given says so")
        heard.add(message)
    return proof


def _why_unsupported(claim: str, knowledge: Knowledge, heard: Heard) -> str:
    """Return why a claim stands on nothing, "" when it is supported."""
    if any(claim in text or text in claim for text in knowledge.texts):
        return ""
    if strange := _strange_numbers(claim, knowledge, heard):
        return f"nothing given says {', '.join(sorted(strange))}"
    for text in knowledge.texts:
        if contradict(claim, text):
            return f"a document says otherwise: {text[:80]}"
    known = overlap(set(content_stems(claim)), knowledge.text_stems | heard.stems)
    # Not every call of a tool is in the transcript: an agent with tools may know more than we see.
    return "nothing given says so" if known < _SUPPORTED and not heard.has_tools else ""


def _strange_numbers(claim: str, knowledge: Knowledge, heard: Heard) -> Set[str]:
    """Return the numbers of a claim that nobody said, and no document says of the same unit.

    An agent with tools may count what it found and reckon with it: of its numbers only times and
    shares must be given.
    """
    found = measures(claim)
    foreign = {
        number
        for unit, amounts in found.items()
        for number in amounts - knowledge.measures.get(unit, frozenset())
    }
    strange = (foreign | (numbers(claim) - knowledge.numbers)) - heard.numbers
    if heard.has_tools:
        return strange & {one for unit in _UNITS_OF_TIME for one in found.get(unit, ())}
    return strange
