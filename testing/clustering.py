"""Grouping vectors of like questions: greedy, deterministic, without a fixed number of groups.

Pure functions on arrays. Vectors have length 1, so their products are cosines.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

_ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Group:
    """Places of the members, most central first, and the unit vector of their middle."""

    members: list[int]
    centre: Vectors


def unit(vectors: Vectors) -> Vectors:
    """The vectors scaled to length 1; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(np.divide(vectors, np.where(lengths == 0, 1, lengths)), dtype=np.float32)


def nearest_cosine(vectors: Vectors, others: Vectors) -> tuple[Vectors, NDArray[np.int64]]:
    """For each vector the largest cosine with one of `others`, and its place; −1 without others."""
    count = len(vectors)
    if not len(others):
        return np.full(count, -1, dtype=np.float32), np.full(count, -1, dtype=np.int64)
    best = np.empty(count, dtype=np.float32)
    place = np.empty(count, dtype=np.int64)
    for start in range(0, count, _ROWS_AT_ONCE):
        cosines = vectors[start : start + _ROWS_AT_ONCE] @ others.T
        place[start : start + _ROWS_AT_ONCE] = cosines.argmax(axis=1)
        best[start : start + _ROWS_AT_ONCE] = cosines.max(axis=1)
    return best, place


def group(vectors: Vectors, likeness: float, fewest: int = 2) -> list[Group]:
    """Group vectors: the one with most neighbours of at least `likeness` takes them, and so on.

    Ties go to the earlier vector, so that the same input gives the same groups. Groups smaller than
    `fewest` are left out.
    """
    left = np.ones(len(vectors), dtype=bool)
    groups = []
    for seed in np.argsort(-_neighbours(vectors, likeness), kind="stable"):
        if not left[seed]:
            continue
        near = left & (vectors @ vectors[seed] >= likeness)
        near[seed] = True
        centre = unit(vectors[near].mean(axis=0))
        members = np.flatnonzero(left & ((vectors @ centre >= likeness) | near))
        left[members] = False
        if len(members) >= fewest:
            order = members[np.argsort(-(vectors[members] @ centre), kind="stable")]
            groups.append(Group(order.tolist(), centre))
    return groups


def _neighbours(vectors: Vectors, likeness: float) -> NDArray[np.int64]:
    """How many vectors are at least so like each vector; in blocks, so that memory stays flat."""
    counts = np.zeros(len(vectors), dtype=np.int64)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        block = vectors[start : start + _ROWS_AT_ONCE] @ vectors.T >= likeness
        counts[start : start + _ROWS_AT_ONCE] = block.sum(axis=1)
    return counts
