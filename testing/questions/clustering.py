"""Grouping vectors of like questions by average linkage, without a fixed number of groups.

Pure functions on arrays. Vectors have length 1, so their products are cosines. Average linkage
compares every pair, so many vectors are first gathered around a few thousand centres by mini-batch
k-means, and the centres are linked: time grows with the number of vectors, and no matrix is larger
than vectors × centres in parts. The same input gives the same groups.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Places = NDArray[np.int64]

MOST_LINKED = 3000
_ROWS_AT_ONCE = 4096
_PASSES = 10


@dataclass(frozen=True)
class Group:
    """Places of the members, most central first, and the unit vector of their middle."""

    members: list[int]
    centre: Vectors


def unit(vectors: Vectors) -> Vectors:
    """The vectors scaled to length 1; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(np.divide(vectors, np.where(lengths == 0, 1, lengths)), dtype=np.float32)


def nearest_cosine(vectors: Vectors, others: Vectors) -> tuple[Vectors, Places]:
    """For each vector the largest cosine with one of `others`, and its place; −1 without others."""
    count = len(vectors)
    best, place = np.full(count, -1, dtype=np.float32), np.full(count, -1, dtype=np.int64)
    if not len(others):
        return best, place
    for start in range(0, count, _ROWS_AT_ONCE):
        cosines = vectors[start : start + _ROWS_AT_ONCE] @ others.T
        place[start : start + _ROWS_AT_ONCE] = cosines.argmax(axis=1)
        best[start : start + _ROWS_AT_ONCE] = cosines.max(axis=1)
    return best, place


def group(vectors: Vectors, likeness: float) -> list[Group]:
    """Group vectors, the largest group first; loners are groups of one.

    Two groups are joined while the mean cosine between their members is at least `likeness`.
    """
    if not len(vectors):
        return []
    centres, nearest = _gathered(vectors)
    labels = _linked(centres, likeness)[nearest]
    order = np.argsort(labels, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    return sorted((_group(vectors, part) for part in parts), key=lambda g: -len(g.members))


def _group(vectors: Vectors, members: Places) -> Group:
    """A group of these members, most central first; among equals the earlier one."""
    centre = unit(vectors[members].mean(axis=0))
    closest = np.argsort(-(vectors[members] @ centre), kind="stable")
    return Group(members[closest].tolist(), centre)


def _gathered(vectors: Vectors) -> tuple[Vectors, Places]:
    """Centres that stand for the vectors, and the place of the centre of each."""
    if len(vectors) <= MOST_LINKED:
        return vectors, np.arange(len(vectors))
    # scikit-learn takes a second to import: pages and other tasks must not pay it.
    from sklearn.cluster import MiniBatchKMeans

    gathering = MiniBatchKMeans(
        MOST_LINKED,
        init="random",
        n_init=1,
        max_iter=_PASSES,
        batch_size=_ROWS_AT_ONCE,
        reassignment_ratio=0,
        random_state=0,
    ).fit(vectors)
    return unit(gathering.cluster_centers_), np.asarray(gathering.labels_, dtype=np.int64)


def _linked(centres: Vectors, likeness: float) -> Places:
    """The group of each centre."""
    if len(centres) == 1:
        return np.zeros(1, dtype=np.int64)
    from sklearn.cluster import AgglomerativeClustering

    linking = AgglomerativeClustering(
        n_clusters=None,
        metric="precomputed",
        linkage="average",
        distance_threshold=1 - likeness,
    ).fit(np.clip(1 - centres @ centres.T, 0, 2))
    return np.asarray(linking.labels_, dtype=np.int64)
