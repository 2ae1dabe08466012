"""The task `captured_fact`: what a person told the customer that the documents should have said."""

import re
from typing import Any

from llm.local.contradictions import says_the_same
from llm.local.knowledge import Knowledge, read_documents
from llm.local.phrases import begins_with, says, without_opening
from llm.local.text import content_stems, overlap, sentences
from llm.local.transcript import Message, Transcript, read_transcript

_LEAST_STEMS = 4
_MOST_SENTENCES = 3
_TITLE_LENGTH = 80
_PERSONAL = re.compile(
    r"#\s?\w*\d{3,}|\b[A-Z]{1,4}-?\d{4,}\b|\b\d{6,}\b|[\w.+-]+@[\w-]+\.\w+|\+\d[\d ()-]{7,}"
)


def capture(material: dict[str, Any]) -> dict[str, Any]:
    """Draft an atomic fact from what people told the customer, where they told something new."""
    transcript = read_transcript(material.get("transcript") or [])
    knowledge = Knowledge(read_documents(material.get("documents") or []))
    found = new_facts(transcript, knowledge)
    fact = " ".join(text for text, _ in found)
    said = [{"message_id": message.id, "quote": text} for text, message in found]
    title = _title(transcript, fact) if found else ""
    return {"useful": bool(found), "title": title, "fact": fact, "said": said}


def new_facts(transcript: Transcript, knowledge: Knowledge) -> list[tuple[str, Message]]:
    """Return what people said that holds for every customer and that no document says yet."""
    told = [
        (_bare(part), message)
        for message in transcript.human
        for part in sentences(message.text)
        if is_general(part)
    ]
    fresh = [(text, message) for text, message in told if not _is_known(text, knowledge)]
    asked = set(content_stems(" ".join(message.text for message in transcript.customer)))
    by_use = sorted(fresh, key=lambda pair: -overlap(asked, set(content_stems(pair[0]))))
    chosen = by_use[:_MOST_SENTENCES]
    return [pair for pair in fresh if pair in chosen]


def is_general(sentence: str) -> bool:
    """Whether a sentence states something of use beyond this one customer."""
    return not (
        sentence.rstrip().endswith("?")
        or begins_with("small_talk", sentence)
        or says("this_case", sentence)
        or _PERSONAL.search(sentence)
        or len(content_stems(sentence)) < _LEAST_STEMS
    )


def _bare(sentence: str) -> str:
    """Return the sentence without the name or the yes it begins with."""
    plain = without_opening(sentence).strip()
    return plain[:1].upper() + plain[1:]


def _is_known(fact: str, knowledge: Knowledge) -> bool:
    """Whether a document says the same already, with the same numbers."""
    return any(
        says_the_same(fact, f"{document.title}. {sentence.text}")
        for document in knowledge.documents
        for sentence in document.sentences
    )


def _title(transcript: Transcript, fact: str) -> str:
    """Name a fact by the customer's question, else by its own beginning."""
    name = transcript.first_question.rstrip("?.! ") or fact
    return name if len(name) <= _TITLE_LENGTH else name[: _TITLE_LENGTH - 1].rsplit(" ", 1)[0] + "…"
