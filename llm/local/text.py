"""Words, stems, sentences and numbers: what the local model sees of a text."""

import re
import threading
from collections.abc import Set
from functools import lru_cache
from pathlib import Path

import snowballstemmer

from llm.local.phrases import ONE_WORD

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
# A line that goes on in lower case belongs to the sentence before it.
_SENTENCE_END = re.compile(
    r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9#*-])|\n\s*\n|\n(?=\s*(?:[^\sa-z]|$))"
)
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|approx|no|nr|mr|mrs|ms|dr|vs)\.$", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SENTENCE_LENGTH = 400
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")


_own = threading.local()  # a stemmer keeps state while it works: one for each thread


def _word_groups(name: str) -> list[list[str]]:
    """Read a word list of this folder: the words of each line, comments left out."""
    lines = Path(__file__).with_name(name).read_text().splitlines()
    return [line.split() for line in lines if line and not line.startswith("#")]


def word_list(name: str) -> tuple[str, ...]:
    """Return all words of a list in this folder."""
    return tuple(word for group in _word_groups(name) for word in group)


def _snowball(word: str) -> str:
    """Return the stem of a lower-case English word, without a possessive ending."""
    if not hasattr(_own, "stemmer"):
        _own.stemmer = snowballstemmer.stemmer("english")
    return str(_own.stemmer.stemWord(word.split("'")[0]))


_SAME_THING = {
    _snowball(other): _snowball(first)
    for first, *others in _word_groups("synonyms.txt")
    for other in others
}


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the stem of a lower-case English word; words that customers and documents use for the
    same thing have the same one.
    """
    plain = _snowball(word)
    return _SAME_THING.get(plain, plain)


STOP_WORDS = frozenset(word_list("stop_words.txt"))
PRODUCTS = word_list("products.txt")
QUALIFIERS = frozenset(map(stem, word_list("qualifiers.txt")))
_NUMBER_WORDS = {
    "zero": "0", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "fourteen": "14",
    "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90",
}  # fmt: skip


def words(text: str) -> list[str]:
    """Return the words of a text in lower case; "send it back" reads "return"."""
    plain = text.lower().replace("’", "'")
    for word, phrase in ONE_WORD.items():
        plain = phrase.sub(word, plain)
    return _WORD.findall(plain)


def content_stems(text: str) -> tuple[str, ...]:
    """Return the stems of the words that carry meaning, in their order."""
    # Sentences are asked for again and again; long texts would only fill the memory.
    return _content_stems(text) if len(text) <= _SENTENCE_LENGTH else _stems_of_words(text)


def _stems_of_words(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in words(text) if word not in STOP_WORDS)


_content_stems = lru_cache(maxsize=16384)(_stems_of_words)


def sentences(text: str) -> list[str]:
    """Split a text into sentences and list items, verbatim but for bullets and outer blanks."""
    found: list[str] = []
    for part in _SENTENCE_END.split(text):
        piece = _BULLET.sub("", part or "").strip()
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] += " " + piece
        elif piece:
            found.append(piece)
    return found


def numbers(text: str) -> set[str]:
    """Return the numbers in a text in one spelling: 1,000.00 is 1000, and ten is 10."""
    spelled = {
        _NUMBER_WORDS[word] for word in words(text) if word in _NUMBER_WORDS and word != "one"
    }
    return {_plain(number) for number in _NUMBER.findall(text)} | spelled


def _plain(number: str) -> str:
    """Return a number without thousands separators, leading zeros and empty decimals."""
    bare = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", number).replace(",", ".")
    whole, _, decimals = bare.partition(".")
    decimals = decimals.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")


def overlap(wanted: Set[str], given: Set[str]) -> float:
    """Return the share of `wanted` that is in `given`; 0 when nothing is wanted."""
    return len(wanted & given) / len(wanted) if wanted else 0.0
