"""Words of a text as they are compared: stems without endings, numbers, sentences."""

import re
from functools import lru_cache

import snowballstemmer

LANGUAGES = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "sv": "swedish",
    "tr": "turkish",
}
# Words so common in support texts that sharing them says nothing; English only, as elsewhere the
# overlap is measured on longer texts and a few common words weigh little.
COMMON_WORDS = """
a about after all also an and any are as at be been before but by can could do does for from had
has have he her his how i if in into is it its just like may me more most must my of on one only
or other our out please she should so some such than that the their them then there these they
this those to under up us was we were what when where which who will with would you your customer
customers
"""
NEGATING_WORDS = """no not never none cannot without nor neither don't doesn't isn't aren't can't
won't didn't kein keine nicht nie ohne pas jamais sans non nunca sin"""
SMALL_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve"

COMMON = frozenset(COMMON_WORDS.split())
NEGATIONS = frozenset(NEGATING_WORDS.split())
# "one" is mostly no number.
NUMBER_WORDS = {word: str(n) for n, word in enumerate(SMALL_NUMBERS.split()) if word != "one"}
NUMBER_WORDS |= {"fourteen": "14", "twenty": "20", "thirty": "30", "sixty": "60", "ninety": "90"}

WORD = re.compile(r"\w+(?:['’]\w+)?")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


@lru_cache(maxsize=65_536)
def stem(word: str, language: str) -> str:
    """The stem of a lower-case word; a language without a stemmer keeps the word."""
    algorithm = LANGUAGES.get(language[:2].lower())
    return word if algorithm is None else _stemmer(algorithm).stemWord(word)


@lru_cache(maxsize=8)
def _stemmer(algorithm: str) -> snowballstemmer.basestemmer.BaseStemmer:
    return snowballstemmer.stemmer(algorithm)


def stems(text: str, language: str = "en") -> list[str]:
    """The stems of the words that carry meaning, numbers and negations left out, in their
    order.
    """
    found = (meaning(word, language) for word in WORD.findall(text.lower().replace("’", "'")))
    return [word for word in found if word]


@lru_cache(maxsize=65_536)
def meaning(word: str, language: str) -> str:
    """The stem of a lower-case word that carries meaning; empty for any other."""
    if word in COMMON or word in NEGATIONS or word in NUMBER_WORDS or NUMBER.fullmatch(word):
        return ""
    return stem(word, language)


def numbers(text: str) -> frozenset[str]:
    """The numbers in a text, written with digits or as small words; 1,50 and 1.50 are the same."""
    found = {number.replace(",", ".").rstrip(".") for number in NUMBER.findall(text)}
    words = WORD.findall(text.lower())
    return frozenset(found | {NUMBER_WORDS[word] for word in words if word in NUMBER_WORDS})


def is_negated(text: str) -> bool:
    """Whether an odd number of negating words stand in the text."""
    words = WORD.findall(text.lower().replace("’", "'"))
    return sum(word in NEGATIONS for word in words) % 2 == 1


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, verbatim but for the blanks around them."""
    return [part.strip() for part in SENTENCE_END.split(text) if part and part.strip()]
