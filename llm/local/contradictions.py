"""Whether two sentences about the same thing say different things."""

import re
from functools import lru_cache

from llm.local.phrases import says
from llm.local.text import PRODUCTS, QUALIFIERS, content_stems, numbers, overlap, stem, words

_SAME_SUBJECT = 0.5
_SAME_CLAIM = 0.7
_CASES = QUALIFIERS | frozenset(map(stem, PRODUCTS))
_MEASURE = re.compile(
    r"([$€£])?\s?(\d+(?:[.,]\d+)?)(?:\s?(?:-|–|to|and)\s?(\d+(?:[.,]\d+)?))?\s?([%$€£]|[a-z]+)?",
    re.IGNORECASE,
)
_CURRENCY = {
    "$": "money",
    "€": "money",
    "£": "money",
    "eur": "money",
    "euro": "money",
    "dollar": "money",
    "usd": "money",
}
_BEFORE_THE_UNIT = frozenset({"work", "busi", "calendar", "full"})


def contradict(first: str, second: str, *, first_title: str = "", second_title: str = "") -> bool:
    """Whether the sentences disagree: another amount of the same unit, or one denies the other."""
    one, other = _about(first), _about(second)
    shared, smaller = one & other, min(len(one), len(other))
    if not shared or not smaller:
        return False
    if _qualifiers(first, first_title) != _qualifiers(second, second_title):
        return False
    enough = len(shared) >= min(2, smaller) and len(shared) >= _SAME_SUBJECT * smaller
    if enough and _differ(measures(first), measures(second)):
        return True
    denied = (says("negation", first) is None) != (says("negation", second) is None)
    return denied and len(shared) >= max(2, _SAME_CLAIM * len(one | other))


@lru_cache(maxsize=8192)
def _about(sentence: str) -> frozenset[str]:
    """Return what a sentence is about: its stems without numbers and units of time."""
    return frozenset(word for word in content_stems(sentence) if not any(c.isdigit() for c in word))


@lru_cache(maxsize=8192)
def _qualifiers(sentence: str, title: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(f"{title} {sentence}")) & _CASES


@lru_cache(maxsize=8192)
def measures(sentence: str) -> dict[str, frozenset[str]]:
    """Return the amounts in a sentence by unit: {"day": {"3", "5"}, "money": {"4.9"}}."""
    found: dict[str, frozenset[str]] = {}
    for sign, low, high, word in _MEASURE.findall(sentence):
        unit = _CURRENCY.get(sign) or _CURRENCY.get(stem(word.lower()), stem(word.lower()))
        if unit in _BEFORE_THE_UNIT:
            after = sentence.lower().split(word.lower(), 1)[1].split()
            unit = stem(after[0].strip(".,;)")) if after else unit
        if unit:
            found[unit] = found.get(unit, frozenset()) | numbers(f"{low} {high}")
    return found


def _differ(one: dict[str, frozenset[str]], other: dict[str, frozenset[str]]) -> bool:
    """Whether the same unit has other amounts here and there, with none in common."""
    return any(amounts.isdisjoint(other[unit]) for unit, amounts in one.items() if unit in other)


def says_the_same(fact: str, text: str, *, share: float = 0.6) -> bool:
    """Whether `text` covers `fact`: most of its stems, and every number."""
    return overlap(set(_about(fact)), set(_about(text))) >= share and numbers(fact) <= numbers(text)
