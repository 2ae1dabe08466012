"""Groups against labels: how pure, how complete, and whether what is hidden is found."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from bench.discovery.data import Labelled, texts_of
from testing.questions.clustering import Group, Places, Vectors, group
from testing.questions.matching import EXEMPLARS, Match, match, middles
from testing.questions.vectors import LIKENESS_OF_TFIDF, tfidf_vectors

CASES_AN_INTENT = 3
FEWEST = 2  # questions in a cluster that is shown
FEWEST_STEADY = 5  # questions of a week in a cluster whose identity is followed


@dataclass(frozen=True)
class Scores:
    """Agreement of groups with labels; `recall`: intents with a group of their own majority."""

    nmi: float
    ari: float
    recall: float
    groups: float

    def cells(self) -> list[str]:
        """As columns of a table."""
        return [f"{self.nmi:.2f}", f"{self.ari:.2f}", f"{self.recall:.0%}", f"{self.groups:.0f}"]


def scores(labels: Places, intents: Sequence[str]) -> Scores:
    """Compare groups with labels; loners are groups of one for NMI and ARI, and find no intent."""
    found, count = set(), 0
    for members in grouped(labels):
        if len(members) >= FEWEST:
            count += 1
            found |= majority([intents[place] for place in members])
    return Scores(
        float(normalized_mutual_info_score(intents, labels)),
        float(adjusted_rand_score(intents, labels)),
        len(found) / len(set(intents)),
        count,
    )


def grouped(labels: Places) -> list[list[int]]:
    """The places of each label."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, label in enumerate(labels.tolist()):
        places[label].append(place)
    return list(places.values())


def majority(intents: Sequence[str]) -> set[str]:
    """The intent of more than half of them, if there is one."""
    return {one for one in set(intents) if 2 * intents.count(one) > len(intents)}


def labels_of(groups: Sequence[Group], count: int) -> Places:
    """The number of each vector's group."""
    labels = np.full(count, -1, dtype=np.int64)
    for number, one in enumerate(groups):
        labels[one.members] = number
    return labels


def average(many: Sequence[Scores]) -> Scores:
    """The mean over seeds."""
    parts = [(one.nmi, one.ari, one.recall, one.groups) for one in many]
    return Scores(*(mean(column) for column in zip(*parts, strict=True)))


def ours(rows: Labelled, likeness: float = LIKENESS_OF_TFIDF.group) -> tuple[Scores, Vectors]:
    """Our groups, and the vectors they were made of."""
    vectors = tfidf_vectors(texts_of(rows))
    labels = labels_of(group(vectors, likeness), len(rows))
    return scores(labels, [intent for _, intent in rows]), vectors


def k_means(rows: Labelled, vectors: Vectors, seed: int) -> Scores:
    """Plain k-means on the same vectors; it is told how many intents there are."""
    intents = [intent for _, intent in rows]
    labels = KMeans(len(set(intents)), n_init=3, random_state=seed).fit_predict(vectors)
    return scores(labels.astype(np.int64), intents)


@dataclass(frozen=True)
class Hidden:
    """What was found of intents no case asks: shares of questions, and of intents with a group."""

    recall: float
    precision: float
    intents: float


def find_hidden(rows: Labelled, seed: int, with_clusters: bool) -> Hidden:
    """Make three cases of half the intents, hide the other half, and look for what is new.

    `with_clusters`: the cases came of clusters, whose 12 exemplars are known as well.
    """
    known, asked = _split(rows, seed)
    cases = [text for texts in known.values() for text in texts[:CASES_AN_INTENT]]
    homes = [texts[CASES_AN_INTENT:] if with_clusters else [] for texts in known.values()]
    exemplars = [text for texts in homes for text in texts]
    texts = texts_of(asked)
    vectors = tfidf_vectors([*texts, *cases, *exemplars])
    a, c, e = np.split(vectors, [len(texts), len(texts) + len(cases)])
    owners = np.repeat(np.arange(len(homes)), [len(texts) for texts in homes])
    centres = middles(e, owners, len(homes)) if with_clusters else e
    result = match(a, c, centres, LIKENESS_OF_TFIDF)
    return _hidden(result, [intent for _, intent in asked], set(known))


def _split(rows: Labelled, seed: int) -> tuple[dict[str, list[str]], Labelled]:
    """By known intent the texts for cases and exemplars, and the questions that are then asked."""
    intents = sorted({intent for _, intent in rows})
    known: dict[str, list[str]] = {
        intent: [] for intent in random.Random(seed).sample(intents, len(intents) // 2)
    }
    asked = []
    for text, intent in rows:
        kept = known.get(intent)
        if kept is not None and len(kept) < CASES_AN_INTENT + EXEMPLARS:
            kept.append(text)
        else:
            asked.append((text, intent))
    return known, asked


def _hidden(result: Match, intents: list[str], known: set[str]) -> Hidden:
    is_new = ~result.covered & (result.homes < 0)
    is_hidden = np.array([intent not in known for intent in intents])
    found = set()
    for one in result.groups:
        if len(one.members) >= FEWEST:
            found |= majority([intents[place] for place in one.members])
    hidden = set(intents) - known
    return Hidden(
        float((is_new & is_hidden).sum() / max(1, is_hidden.sum())),
        float((is_new & is_hidden).sum() / max(1, is_new.sum())),
        len(found & hidden) / max(1, len(hidden)),
    )


@dataclass(frozen=True)
class Steady:
    """Two weeks of the same customers: `kept` of the first week's clusters are asked again and are
    still about their intent; `again`: new clusters of the second week about an intent that had one.
    """

    clusters: float
    kept: float
    again: float


def follow(rows: Labelled, seed: int) -> Steady:
    """Cluster one half of the questions, then match the other half with it as the next week."""
    shuffled = random.Random(seed).sample(rows, len(rows))
    first, second = shuffled[: len(rows) // 2], shuffled[len(rows) // 2 :]
    groups = group(tfidf_vectors(texts_of(first)), LIKENESS_OF_TFIDF.group)
    known = [one.members for one in groups if len(one.members) >= FEWEST]
    exemplars = [first[place][0] for members in known for place in members[:EXEMPLARS]]
    owners = np.repeat(np.arange(len(known)), [min(EXEMPLARS, len(one)) for one in known])
    vectors = tfidf_vectors([*texts_of(second), *exemplars])
    asked, e = np.split(vectors, [len(second)])
    result = match(asked, e[:0], middles(e, owners, len(known)), LIKENESS_OF_TFIDF)
    return _steady(result, first, second, known)


def _steady(result: Match, first: Labelled, second: Labelled, known: list[list[int]]) -> Steady:
    about = [majority([first[place][1] for place in members]) for members in known]
    followed = [n for n, members in enumerate(known) if len(members) >= FEWEST_STEADY]
    kept = 0
    for n in followed:
        now = [second[place][1] for place in np.flatnonzero(result.homes == n)]
        kept += bool(now) and majority(now) == about[n]
    had = set().union(*about)
    new = [one for one in result.groups if len(one.members) >= FEWEST_STEADY]
    again = sum(bool(majority([second[p][1] for p in one.members]) & had) for one in new)
    return Steady(len(followed), kept / max(1, len(followed)), again)
