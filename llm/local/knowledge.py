"""The documents a model was given, read once: stems, sentences, and how telling each word is."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from llm.local.text import content_stems, numbers, sentences, stem, words

# A word no document knows says the question is about something else, but small talk has such words too.
_UNKNOWN_WORD = 0.7
_BACKGROUND_DOCUMENTS = 10
_TITLE_WORD = 0.6
_BODY_WORD = 0.3
_SENTENCE_SHARE = 0.7
_LONE_WORD = 0.85
_HOW_MANY = ("how long", "how much", "how many", "when ", "until", "what does it cost", "price")


@dataclass(frozen=True)
class Sentence:
    """One sentence of a document, and what is in it."""

    text: str
    stems: frozenset[str]
    has_number: bool


@dataclass(frozen=True)
class Document:
    """One document as the model sees it."""

    slug: str
    title: str
    topic: str
    required_facts: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    heading: frozenset[str]
    stems: frozenset[str]


@dataclass(frozen=True)
class Match:
    """How well a document answers a question (0 to 1), and by which of its sentences, best first."""

    score: float
    document: Document
    ranked: tuple[tuple[float, Sentence], ...]

    @property
    def sentence(self) -> Sentence:
        """The sentence that answers best."""
        return self.ranked[0][1]


class Knowledge:
    """All documents of one prompt."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = tuple(documents)
        self._known = Counter(word for document in documents for word in document.stems)
        self._size = len(documents) + _BACKGROUND_DOCUMENTS

    @cached_property
    def text_stems(self) -> frozenset[str]:
        """Every stem any document uses."""
        return frozenset(self._known)

    def weight(self, word: str) -> float:
        """Return how telling a stem is (inverse document frequency over the given documents)."""
        count = self._known.get(word, 0)
        weight = math.log(1 + (self._size - count + 0.5) / (count + 0.5))
        return weight if count else weight * _UNKNOWN_WORD

    def search(self, question: str) -> list[Match]:
        """Return the documents by how well they answer `question`, best first; ties by slug."""
        asked = set(content_stems(question))
        if not asked:
            return []
        weights = {word: self.weight(word) for word in asked}
        total = sum(weights.values()) / (_LONE_WORD if len(asked) == 1 else 1.0)
        wants_number = any(sign in question.lower() for sign in _HOW_MANY)
        found = [
            _match(document, weights, total, wants_number)
            for document in self.documents
            if not asked.isdisjoint(document.stems) and document.sentences
        ]
        return sorted(found, key=lambda match: (-match.score, match.document.slug))


def _match(
    document: Document, weights: Mapping[str, float], total: float, wants_number: bool
) -> Match:
    """Score the sentences of one document: words in the sentence, in the title, elsewhere in the body."""
    ranked = []
    for sentence in document.sentences:
        points = 0.0
        for word, weight in weights.items():
            if word in sentence.stems:
                points += weight
            elif word in document.heading:
                points += _TITLE_WORD * weight
            elif word in document.stems:
                points += _BODY_WORD * weight
        if wants_number and sentence.has_number:
            points *= 1.15
        ranked.append((min(1.0, points / total), sentence))
    ranked.sort(key=lambda pair: -pair[0])
    covered = sum(weight for word, weight in weights.items() if word in document.stems) / total
    score = _SENTENCE_SHARE * ranked[0][0] + (1 - _SENTENCE_SHARE) * covered
    return Match(score, document, tuple(ranked))


def read_documents(rows: Iterable[Mapping[str, Any]]) -> list[Document]:
    """Read documents from a section; what a row leaves out is empty."""
    return [
        _read_document(
            str(row.get("slug") or row.get("title") or position),
            str(row.get("title") or ""),
            str(row.get("topic") or ""),
            str(row.get("body") or ""),
            tuple(str(fact) for fact in row.get("required_facts") or ()),
        )
        for position, row in enumerate(rows)
    ]


@lru_cache(maxsize=4096)
def _read_document(
    slug: str, title: str, topic: str, body: str, required_facts: tuple[str, ...]
) -> Document:
    """Read one document; the same content is read once, however many prompts hold it."""
    parts = tuple(
        Sentence(text, frozenset(content_stems(text)), bool(numbers(text)))
        for text in sentences(body)
        if not text.startswith("#")
    )
    heading = frozenset(content_stems(f"{title} {topic.replace('-', ' ').replace('_', ' ')}"))
    everything = heading.union(*(part.stems for part in parts))
    return Document(slug, title, topic, required_facts, parts, heading, everything)


def subject(text: str) -> frozenset[str]:
    """Return the stems of a text without its numbers: what it is about."""
    return frozenset(stem(word) for word in words(text) if not word.isdigit())
