"""The documents a model was given, read once: stems, sentences, and how telling each word is."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from llm.local.contradictions import measures
from llm.local.phrases import AMOUNTS, ASKED_FOR
from llm.local.text import (
    PRODUCTS,
    QUALIFIERS,
    content_stems,
    numbers,
    overlap,
    sentences,
    stem,
    words,
)

_BACKGROUND_DOCUMENTS = 10
_SENTENCE_ONLY = 0.65
_HEADING_ONLY = 0.8
_BODY_ONLY = 0.3
_SPOKEN_OF = 0.5
_RIGHT_KIND = 1.15
_SPECIAL_CASE = 0.85
_SMALL_WORDS = 0.05
_GENERIC = frozenset(map(stem, (*PRODUCTS, "order", "item", "product", "customer", "way")))
_GENERIC_WORD = 0.6
_SENTENCE_SHARE = 0.7
_LONE_WORD = 0.65


@dataclass(frozen=True)
class Sentence:
    """One sentence of a document, and what is in it."""

    text: str
    stems: frozenset[str]
    small_words: frozenset[str]
    amounts: frozenset[str]


@dataclass(frozen=True)
class Document:
    """One document as the model sees it."""

    slug: str
    title: str
    topic: str
    required_facts: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    heading: frozenset[str]
    small_words: frozenset[str]
    stems: frozenset[str]

    @cached_property
    def text(self) -> str:
        """The body as one text."""
        return " ".join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True)
class Match:
    """How well a document answers a question (0 to 1), and by which sentences, best first."""

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

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Every sentence of every document."""
        return tuple(part.text for document in self.documents for part in document.sentences)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Every number in the documents."""
        return frozenset().union(*map(numbers, self.texts))

    @cached_property
    def measures(self) -> dict[str, frozenset[str]]:
        """Every amount in the documents, by its unit."""
        found: dict[str, frozenset[str]] = {}
        for text in self.texts:
            for unit, amounts in measures(text).items():
                found[unit] = found.get(unit, frozenset()) | amounts
        return found

    def weight(self, word: str) -> float:
        """Return how telling a stem is: its inverse document frequency over the given documents.

        A stem that no document has tells most: the question is about something else.
        """
        count = self._known.get(word, 0)
        weight = math.log(1 + (self._size - count + 0.5) / (count + 0.5))
        return weight * _GENERIC_WORD if word in _GENERIC else weight

    def search(self, question: str) -> list[Match]:
        """Return the documents by how well they answer `question`, best first; ties by slug."""
        asked = {word for word in content_stems(question) if not word.isdigit()}
        if not asked:
            return []
        query = Query(
            weights={word: self.weight(word) for word in asked},
            small_words=frozenset(map(stem, words(question))) - asked,
            asks_for=_kinds(ASKED_FOR, question),
        )
        found = [
            _match(document, query)
            for document in self.documents
            if document.sentences and not asked.isdisjoint(document.stems)
        ]
        return sorted(found, key=lambda match: (-match.score, match.document.slug))


@dataclass(frozen=True)
class Query:
    """A question: its telling words with their weights, its small words, and what it counts."""

    weights: Mapping[str, float]
    small_words: frozenset[str]
    asks_for: frozenset[str]

    @cached_property
    def total(self) -> float:
        """The points a perfect answer would have; a lone word proves little, wherever it stands."""
        whole = sum(self.weights.values())
        return whole / _LONE_WORD if len(self.weights) == 1 else whole


def _match(document: Document, query: Query) -> Match:
    """Score a document: its best sentence, and how much of the question it speaks of at all."""
    ranked = [(_points(sentence, document, query), sentence) for sentence in document.sentences]
    ranked.sort(key=lambda pair: -pair[0])
    covered = sum(
        weight * (1.0 if word in document.heading else _SPOKEN_OF)
        for word, weight in query.weights.items()
        if word in document.stems
    )
    score = _SENTENCE_SHARE * ranked[0][0] + (1 - _SENTENCE_SHARE) * covered / query.total
    if (document.heading & QUALIFIERS) - query.weights.keys():
        score *= _SPECIAL_CASE
    return Match(score, document, tuple(ranked))


def _points(sentence: Sentence, document: Document, query: Query) -> float:
    """Score one sentence: the question's words in it, in the title, or elsewhere in the body."""
    points = 0.0
    for word, weight in query.weights.items():
        if word in sentence.stems:
            points += weight if word in document.heading else _SENTENCE_ONLY * weight
        elif word in document.heading:
            points += _HEADING_ONLY * weight
        elif word in document.stems:
            points += _BODY_ONLY * weight
    if query.asks_for & sentence.amounts:
        points *= _RIGHT_KIND
    alike = overlap(query.small_words, document.small_words | sentence.small_words)
    return min(1.0, points / query.total) + _SMALL_WORDS * alike


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
        Sentence(text, frozenset(content_stems(text)), subject(text), _kinds(AMOUNTS, text))
        for text in sentences(body)
        if not text.startswith("#")
    )
    heading = frozenset(content_stems(f"{title} {topic.replace('-', ' ').replace('_', ' ')}"))
    everything = heading.union(*(part.stems for part in parts))
    return Document(slug, title, topic, required_facts, parts, heading, subject(title), everything)


def _kinds(patterns: Mapping[str, re.Pattern[str]], text: str) -> frozenset[str]:
    """Return the kinds whose pattern is in a text."""
    return frozenset(kind for kind, pattern in patterns.items() if pattern.search(text))


def subject(text: str) -> frozenset[str]:
    """Return the stems of a text without its numbers: what it is about."""
    return frozenset(stem(word) for word in words(text) if not word.isdigit())
