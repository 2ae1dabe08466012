"""What the live documents say already about a proposed fact: the same, or something else.

A sentence speaks of the same thing when it shares most of its meaningful words. If it then names
other numbers, or one of the two is negated, they contradict each other. It is a hint for the person
who decides, found without a model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypedDict

from context.proposals.wording import is_negated, numbers, sentences, stems
from context.releases.content import DocumentContent

LEAST_SHARED_WORDS = 2
SAME_THING = 0.7  # shared part of the shorter sentence's words
ALREADY_SAID = 0.8  # part of the proposed words that the document's sentence has too
MOST_CONFLICTS = 6


class Conflict(TypedDict):
    """A document's sentence that stands against a proposal."""

    slug: str
    kind: Literal["duplicate", "contradiction"]
    quote: str


@dataclass(frozen=True)
class Statement:
    """A sentence as it is compared."""

    text: str
    words: frozenset[str]
    numbers: frozenset[str]
    negated: bool

    def kind_against(self, there: "Statement") -> Literal["duplicate", "contradiction"] | None:
        """What this proposed sentence is to a sentence of a document; None for nothing."""
        shared = len(self.words & there.words)
        shorter = min(len(self.words), len(there.words))
        if shared < max(LEAST_SHARED_WORDS, SAME_THING * shorter):
            return None
        if self.negated != there.negated or self._names_other_numbers(there):
            return "contradiction"
        says_no_more = shared >= ALREADY_SAID * len(self.words) and self.numbers <= there.numbers
        return "duplicate" if says_no_more else None

    def _names_other_numbers(self, there: "Statement") -> bool:
        """Whether each names a number that the other does not."""
        return bool(self.numbers - there.numbers and there.numbers - self.numbers)


@lru_cache(maxsize=8_192)
def statement(text: str, language: str) -> Statement:
    """Read one sentence."""
    return Statement(text, frozenset(stems(text, language)), numbers(text), is_negated(text))


def statements(text: str, language: str) -> list[Statement]:
    """Read each sentence of a text."""
    return [statement(sentence, language) for sentence in sentences(text)]


def conflicts_with(
    body: str, documents: Sequence[DocumentContent], language: str = "en"
) -> list[Conflict]:
    """Where the documents contradict or already hold the fact in `body`; contradictions first.

    At most one of each kind a document, and MOST_CONFLICTS in all.
    """
    found: dict[tuple[str, str], Conflict] = {}
    proposed = statements(body, language)
    for document in documents:
        for there in statements(document.body, language):
            for new in proposed:
                if kind := new.kind_against(there):
                    conflict = Conflict(slug=document.slug, kind=kind, quote=there.text)
                    found.setdefault((document.slug, kind), conflict)
    ordered = sorted(found.values(), key=lambda row: (row["kind"], row["slug"]))
    return ordered[:MOST_CONFLICTS]
