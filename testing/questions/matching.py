"""Which questions a case asks already, which belong to a known cluster, and how the rest groups.

Pure functions on unit vectors, so that `bench` measures exactly what the product does.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testing.questions.clustering import Group, Places, Vectors, group, nearest_cosine, unit

EXEMPLARS = 12  # questions of a known cluster whose middle says where it stands


@dataclass(frozen=True)
class Likeness:
    """Cosines from which things count as like, in one vector space.

    `case`: a question and a case; `home`: a question and the middle of a known cluster; `group`:
    two groups of questions, in the mean over their pairs.
    """

    case: float
    home: float
    group: float


@dataclass(frozen=True)
class Match:
    """What became of each question.

    `covered`: a case asks it; `homes`: the place of the known cluster it belongs to, −1 for none;
    `groups`: what is left, as places of questions, the largest first, loners included.
    """

    covered: NDArray[np.bool_]
    homes: Places
    groups: list[Group]


def match(asked: Vectors, cases: Vectors, homes: Vectors, likeness: Likeness) -> Match:
    """Compare questions with cases, then with the middles of known clusters, and group the rest."""
    to_case, _ = nearest_cosine(asked, cases)
    to_home, home = nearest_cosine(asked, homes)
    is_covered = to_case >= likeness.case
    is_home = ~is_covered & (to_home >= likeness.home)
    left = np.flatnonzero(~is_covered & ~is_home)
    found = group(asked[left], likeness.group)
    groups = [Group(left[one.members].tolist(), one.centre) for one in found]
    return Match(is_covered, np.where(is_home, home, -1), groups)


def middles(vectors: Vectors, owners: Places, count: int) -> Vectors:
    """The unit vector of the middle of the vectors of each of `count` owners; zeros for none."""
    sums = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, owners, vectors)
    return unit(sums)
