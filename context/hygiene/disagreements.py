"""Passages of an agent's documents that may contradict each other: candidates, found without a
model, for a judge or a person.

Sentences of different documents are compared only if they share rare words, so the work grows with
the documents and not with their pairs. They disagree if they speak of the same thing and name other
numbers of the same unit, if one denies the other, or if the same is tied to another condition.

Sentences that many documents hold alike but for a number ("The fee of this card is $…") are a
template of different products, not a contradiction. Documents whose titles name different things
are about different things: a name is a word of a title that the texts mostly write with a capital.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from context.proposals.conflicts import Statement, statement
from context.proposals.wording import (
    NUMBER_WORDS,
    WORD,
    is_negated,
    numbers,
    sentences,
    stem,
    stems,
)
from context.releases.content import DocumentContent

Kind = Literal["number", "negation", "condition"]

SAME_THING = 0.6  # shared part of all words of both sentences
SAME_MAIN_CLAUSE = 0.8
LEAST_SHARED_WORDS = 3
RAREST = 5  # of a sentence's words, by which partners are looked for
MOST_IN_A_BUCKET = 40  # a pair of words in more sentences tells nothing
MOSTLY = 0.5
LONGEST_NAME = 6  # words
TEMPLATE = 3  # documents with the same words and other numbers

_CONDITION = re.compile(
    r"\b(?:if|unless|except|only when|only if|provided|as long as|before|after|wenn|außer|sofern|"
    r"si|sauf|salvo)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\b(?:if|when|unless|wenn|si)\b[^,:;.]*|\([^)]*\)", re.IGNORECASE)
_ZERO = re.compile(r"(?<![\d.,])0+(?:[.,]0+)?(?![\d.,]*\d)")
_MEASURE = re.compile(r"([$€£])?\s?(\d+(?:[.,]\d+)*)\s?(%|[^\W\d_]+)?")
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
class Disagreement:
    """Two passages that may not both be right; `strength` is the shared part of their words."""

    first: Said = field(compare=False)
    second: Said = field(compare=False)
    kind: Kind
    strength: float


def disagreements(documents: Sequence[DocumentContent], language: str = "en") -> list[Disagreement]:
    """Every pair of sentences of two documents that may contradict each other, the likeliest first:
    the more alike, the sooner.
    """
    names, phrases = names_in(documents, language), phrases_in(documents)
    said = [one for document in documents for one in said_by(document, names, phrases, language)]
    templates = _templates(said)
    found = []
    for one, other in partners(said):
        # What one named thing's documents say of it is no template of several.
        if one.frame in templates and not (one.title_names and other.title_names):
            continue
        kind = kind_of(one, other, language)
        if kind is not None:
            found.append(Disagreement(one, other, kind, round(alike(one, other), 4)))
    return sorted(
        found, key=lambda d: (-d.strength, d.first.slug, d.second.slug, d.first.text, d.second.text)
    )


def names_in(documents: Sequence[DocumentContent], language: str) -> frozenset[str]:
    """The stems of title words that stand within the texts mostly with a capital: "Gold", "Ada"."""
    titled = {word for document in documents for word in stems(document.title, language)}
    capital: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for document in documents:
        for word in _WITHIN.findall(document.body):
            key = stem(word.lower(), language)
            if key in titled:
                seen[key] += 1
                capital[key] += word[0].isupper()
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


def kind_of(one: Said, other: Said, language: str) -> Kind | None:
    """How two sentences disagree; None if they do not."""
    if _names_another_thing(one, other):
        return None
    if ("without" in _words(one)) != ("without" in _words(other)):
        return None
    if alike(one, other) >= SAME_THING:
        if _denials_differ(one, other):
            return "negation"
        if _differ(measures(one.text), measures(other.text)):
            return "number"
    return "condition" if _ties_to_another_condition(one, other, language) else None


def _words(one: Said) -> list[str]:
    return WORD.findall(one.text.lower())


def _denials_differ(one: Said, other: Said) -> bool:
    """Whether one denies and the other does not. A "no" in a condition or in brackets denies
    nothing, and an amount of zero is as good as a "no".
    """
    if any(_ZERO.search(said.text) for said in (one, other)):
        return False
    first, second = (is_negated(_ASIDE.sub(" ", said.text)) for said in (one, other))
    return first != second


def alike(one: Said, other: Said) -> float:
    """The shared part of all words of both."""
    shared, every = one.plain.words & other.plain.words, one.plain.words | other.plain.words
    return len(shared) / len(every) if len(shared) >= LEAST_SHARED_WORDS else 0.0


def _names_another_thing(one: Said, other: Said) -> bool:
    """Whether the two are about different things by their names; what holds for one thing may
    differ from what holds in general.
    """
    if one.phrases and other.phrases and one.phrases != other.phrases:
        return True
    return one.title_names != other.title_names and one.names != other.names


def measures(text: str) -> dict[str, frozenset[str]]:
    """The amounts of a sentence by unit, the word after the number or the sign beside it."""
    found: dict[str, frozenset[str]] = {}
    digits = WORD.sub(lambda word: NUMBER_WORDS.get(word[0].lower(), word[0]), text)
    for sign, number, word in _MEASURE.findall(digits):
        unit = sign or word.lower().rstrip("s") or "number"
        found[unit] = found.get(unit, frozenset()) | numbers(number)
    return found


def _differ(one: dict[str, frozenset[str]], other: dict[str, frozenset[str]]) -> bool:
    """Whether a unit that both have has no amount in common."""
    return any(amounts.isdisjoint(other[unit]) for unit, amounts in one.items() if unit in other)


def _ties_to_another_condition(one: Said, other: Said, language: str) -> bool:
    """Whether the main clauses are alike and the conditions share no word."""
    first, second = _clauses(one.text, language), _clauses(other.text, language)
    if first is None or second is None:
        return False
    (main, when), (other_main, other_when) = first, second
    every = main | other_main
    alike = len(main & other_main) >= max(LEAST_SHARED_WORDS, SAME_MAIN_CLAUSE * len(every))
    return alike and bool(when) and bool(other_when) and not when & other_when


def _clauses(text: str, language: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """The words of the main clause and of the condition that follows it."""
    found = _CONDITION.search(text)
    if found is None or found.start() == 0:
        return None
    main, when = text[: found.start()], text[found.end() :]
    if is_negated(main) or numbers(main):
        return None
    return frozenset(stems(main, language)), frozenset(stems(when, language))


def _templates(said: Iterable[Said]) -> set[frozenset[str]]:
    """The frames that several documents fill with other numbers."""
    fillings: dict[frozenset[str], set[frozenset[str]]] = defaultdict(set)
    for one in said:
        fillings[one.frame].add(one.plain.numbers)
    return {frame for frame, numbers_there in fillings.items() if len(numbers_there) >= TEMPLATE}


def partners(said: Sequence[Said]) -> Iterable[tuple[Said, Said]]:
    """Pairs of sentences of different documents that share two of their rarest words."""
    counts = Counter(word for one in said for word in one.plain.words)
    buckets: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, one in enumerate(said):
        rarest = sorted(one.plain.words, key=lambda word: (counts[word], word))[:RAREST]
        for pair in combinations(sorted(rarest), 2):
            buckets[pair].append(place)
    seen: set[tuple[int, int]] = set()
    for places in buckets.values():
        if len(places) <= MOST_IN_A_BUCKET:
            seen.update(combinations(places, 2))
    for first, second in sorted(seen):
        if said[first].slug != said[second].slug:
            yield said[first], said[second]
