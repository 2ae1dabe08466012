"""What documents say, sentence by sentence, and which of their sentences are worth comparing.

Sentences of different documents are compared only if they share rare words, so the work grows with
the documents and not with their pairs. A name is a word of a title that the texts mostly write with
a capital.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from context.proposals.conflicts import Statement, statement
from context.proposals.wording import sentences, stem, stems
from context.releases.content import DocumentContent

LEAST_SHARED_WORDS = 3
RAREST = 5  # of a sentence's words, by which partners are looked for
MOST_IN_A_BUCKET = 40  # a pair of words in more sentences tells nothing
MOSTLY = 0.5
LONGEST_NAME = 6  # words

_WITHIN = re.compile(r"(?<=[\w,;] )[^\W\d_]+")  # words that do not begin a sentence
_NAME = re.compile(r"(?<=[\w,;] )[A-Z][\w-]*(?: [A-Z][\w-]*)+")
_MARKS = " \t*-#>|•"


@dataclass(frozen=True)
class Said:
    """A sentence of a document as it is compared."""

    slug: str
    text: str
    plain: Statement
    phrases: frozenset[str]  # names of several words in its document's title
    title_names: frozenset[str]
    names: frozenset[str]  # those of the sentence with those of the title

    @property
    def frame(self) -> frozenset[str]:
        """Its words without the numbers: equal for sentences of one template."""
        return self.plain.words


@dataclass(frozen=True)
class Reading:
    """What documents say, sentence by sentence, and which of them are worth comparing."""

    said: list[Said]
    partners: list[int]
    language: str

    def pairs(self) -> Iterator[tuple[Said, Said]]:
        """The pairs of sentences of different documents that are worth comparing."""
        for code in self.partners:
            first, second = divmod(code, len(self.said))
            if self.said[first].slug != self.said[second].slug:
                yield self.said[first], self.said[second]


def reading(documents: Sequence[DocumentContent], language: str = "en") -> Reading:
    """Read documents once, for everything that compares what they say."""
    names, phrases = names_in(documents, language), phrases_in(documents)
    said = [one for document in documents for one in said_by(document, names, phrases, language)]
    return Reading(said, partners(said), language)


def names_in(documents: Sequence[DocumentContent], language: str) -> frozenset[str]:
    """The stems of title words that stand within the texts mostly with a capital: "Gold", "Ada"."""
    titled = {word for document in documents for word in stems(document.title, language)}
    capital: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    words = Counter(word for document in documents for word in _WITHIN.findall(document.body))
    for word, count in words.items():
        key = stem(word.lower(), language)
        if key in titled:
            seen[key] += count
            capital[key] += count * word[0].isupper()
    return frozenset(word for word in titled if capital[word] > MOSTLY * seen[word])


def phrases_in(documents: Sequence[DocumentContent]) -> frozenset[str]:
    """Names of several words that stand in the texts more than once: "Gold Rewards Card"."""
    runs = Counter(run for document in documents for run in _NAME.findall(document.body))
    return frozenset(run for run, count in runs.items() if count > 1)


def longest_phrases(title: str, phrases: frozenset[str]) -> frozenset[str]:
    """The known names in a title, without those that are part of a longer one."""
    words = title.replace(":", " :").split()
    spans = [
        " ".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 2, min(len(words), start + LONGEST_NAME) + 1)
    ]
    found = [span for span in spans if span in phrases]
    return frozenset(
        one for one in found if not any(one != other and one in other for other in found)
    )


def said_by(
    document: DocumentContent, names: frozenset[str], phrases: frozenset[str], language: str
) -> list[Said]:
    """The sentences of a document that say enough to be compared."""
    title = frozenset(stems(document.title, language)) & names
    named = longest_phrases(document.title, phrases)
    texts = dict.fromkeys(text.strip(_MARKS) for text in sentences(document.body))
    read = (
        Said(document.slug, text, plain, named, title, title | (plain.words & names))
        for text in texts
        if not text.endswith("?") and (plain := statement(text, language))
    )
    return [one for one in read if len(one.plain.words) >= LEAST_SHARED_WORDS]


def partners(said: Sequence[Said]) -> list[int]:
    """Pairs of sentences that share two of their rarest words, by their places: first × sentences
    + second, in order. Numbers, for the collector of cyclic garbage walks over pairs.
    """
    counts = Counter(word for one in said for word in one.plain.words)
    ordered = sorted(counts, key=lambda word: (counts[word], word))
    ranks = {word: rank for rank, word in enumerate(ordered)}
    buckets: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, one in enumerate(said):
        rarest = sorted([ranks[word] for word in one.plain.words])[:RAREST]
        for pair in combinations(rarest, 2):
            buckets[pair].append(place)
    found: set[int] = set()
    for places in buckets.values():
        if len(places) <= MOST_IN_A_BUCKET:
            found.update(first * len(said) + second for first, second in combinations(places, 2))
    return sorted(found)


def alike(one: Said, other: Said) -> float:
    """The shared part of all words of both."""
    shared, every = one.plain.words & other.plain.words, one.plain.words | other.plain.words
    return len(shared) / len(every) if len(shared) >= LEAST_SHARED_WORDS else 0.0
