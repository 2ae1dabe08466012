"""Embeddings without a model: hashed character n-grams of the words that carry meaning.

The hashing trick (Weinberger et al. 2009): every n-gram adds plus or minus its weight to one of 256
places, both chosen by a hash; the vector is scaled to length 1. Texts that share words and parts of
words lie close to each other.
"""

import zlib
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from llm.local.text import STOP_WORDS, stem, words

DIMENSIONS = 256
_GRAM = 4
_WHOLE_WORD = 1.0
_PART_OF_WORD = 0.35


def embed(text: str) -> list[float]:
    """Return the embedding of one text: 256 numbers, of length 1 (a text without words: zeros)."""
    vector = np.zeros(DIMENSIONS)
    carrying = [word for word in words(text) if word not in STOP_WORDS] or words(text)
    for word in carrying:
        for place, weight in _word(stem(word)):
            vector[place] += weight
    length = float(np.linalg.norm(vector))
    scaled = vector / length if length else vector
    return [round(number, 7) for number in scaled.tolist()]


@lru_cache(maxsize=32768)
def _word(word: str) -> tuple[tuple[int, float], ...]:
    """Return the places and signed weights of one word."""
    return tuple(_grams(word))


def _grams(word: str) -> Iterator[tuple[int, float]]:
    """Hash the whole word and its parts; crc32 is the same in every process."""
    yield _place(word, _WHOLE_WORD)
    padded = f"<{word}>"
    for start in range(len(padded) - _GRAM + 1):
        yield _place(padded[start : start + _GRAM], _PART_OF_WORD)


def _place(gram: str, weight: float) -> tuple[int, float]:
    hashed = zlib.crc32(gram.encode())
    return hashed % DIMENSIONS, weight if hashed & 0x10000 else -weight
