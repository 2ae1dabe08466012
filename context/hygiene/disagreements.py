"""Passages of an agent's documents that may contradict each other: candidates, found without a
model, for a judge or a person.

Two sentences disagree if they speak of the same thing and name other numbers of the same unit, if
one denies the other, or if the same is tied to another condition.

Sentences that many documents hold alike but for a number ("The fee of this card is $…") are a
template of different products, not a contradiction. Documents whose titles name different things
are about different things.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from context.hygiene.said import LEAST_SHARED_WORDS, Reading, Said, alike
from context.proposals.wording import NUMBER_WORDS, WORD, is_negated, numbers, stems

Kind = Literal["number", "negation", "condition"]

SAME_THING = 0.6  # shared part of all words of both sentences
SAME_MAIN_CLAUSE = 0.8
TEMPLATE = 3  # documents with the same words and other numbers

_CONDITION = re.compile(
    r"\b(?:if|unless|except|only when|only if|provided|as long as|before|after|wenn|außer|sofern|"
    r"si|sauf|salvo)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\b(?:if|when|unless|wenn|si)\b[^,:;.]*|\([^)]*\)", re.IGNORECASE)
_ZERO = re.compile(r"(?<![\d.,])0+(?:[.,]0+)?(?![\d.,]*\d)")
_MEASURE = re.compile(r"([$€£])?\s?(\d+(?:[.,]\d+)*)\s?(%|[^\W\d_]+)?")


@dataclass(frozen=True)
class Disagreement:
    """Two passages that may not both be right; `strength` is the shared part of their words."""

    first: Said = field(compare=False)
    second: Said = field(compare=False)
    kind: Kind
    strength: float


def disagreements(read: Reading) -> list[Disagreement]:
    """Every pair of sentences of two documents that may contradict each other, the likeliest first:
    the more alike, the sooner.
    """
    templates = _templates(read.said)
    found = []
    for one, other in read.pairs():
        # What one named thing's documents say of it is no template of several.
        if one.frame in templates and not (one.title_names and other.title_names):
            continue
        kind = kind_of(one, other, read.language)
        if kind is not None:
            found.append(Disagreement(one, other, kind, round(alike(one, other), 4)))
    return sorted(
        found, key=lambda d: (-d.strength, d.first.slug, d.second.slug, d.first.text, d.second.text)
    )


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
