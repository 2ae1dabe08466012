"""Documents that say the same: pairs that share most sentences of the shorter one. Found without a
model, by comparing word stems.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from context.hygiene.said import LEAST_SHARED_WORDS, Reading, Said, alike

SAME_SENTENCE = 0.8
LEAST_SHARE = 0.5  # of the sentences of the shorter document
LEAST_WORDS = 5


@dataclass(frozen=True)
class Repeat:
    """Two documents that say the same in `shared` sentences, of which `quotes` is one in each."""

    first: str
    second: str
    shared: int
    share: float
    quotes: tuple[str, str]


def repeats(read: Reading) -> list[Repeat]:
    """Every pair of documents of which one says at least half of what the other does."""
    sizes = Counter(one.slug for one in read.said)
    pairs: defaultdict[tuple[str, str], list[tuple[Said, Said]]] = defaultdict(list)
    for one, other in read.pairs():
        if is_same(one, other):
            pairs[one.slug, other.slug].append((one, other))
    found = []
    for (first, second), shared in pairs.items():
        count = min(len({one.text for one, _ in shared}), len({other.text for _, other in shared}))
        share = count / min(sizes[first], sizes[second])
        if share >= LEAST_SHARE:
            one, other = max(shared, key=lambda pair: len(pair[0].plain.words))
            found.append(Repeat(first, second, count, share, (one.text, other.text)))
    return sorted(found, key=lambda one: (-one.share, -one.shared, one.first, one.second))


def is_same(one: Said, other: Said) -> bool:
    """Whether two sentences say the same: nearly the same words, the same numbers, neither or both
    denied.
    """
    plain, there = one.plain, other.plain
    if plain.numbers != there.numbers or plain.negated != there.negated:
        return False
    enough = min(len(plain.words), len(there.words)) >= max(LEAST_WORDS, LEAST_SHARED_WORDS)
    return enough and alike(one, other) >= SAME_SENTENCE
