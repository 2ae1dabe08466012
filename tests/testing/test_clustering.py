"""Groups of like vectors: deterministic, everything in exactly one of them, however many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from testing.questions.clustering import group, nearest_cosine, unit


def spread(*angles: float) -> np.ndarray:
    return np.array([[np.cos(a), np.sin(a)] for a in np.radians(angles)], dtype=np.float32)


def test_like_vectors_are_grouped_and_loners_stay_alone() -> None:
    groups = group(spread(0, 5, 10, 90, 95, 200), likeness=0.98)
    assert [sorted(one.members) for one in groups] == [[0, 1, 2], [3, 4], [5]]


def test_the_most_central_member_comes_first() -> None:
    [found] = group(spread(0, 6, 12), likeness=0.97)
    assert found.members[0] == 1


def test_a_vector_of_zeros_is_like_nothing() -> None:
    vectors = unit(np.array([[0, 0], [1, 0], [0, 0], [1, 0]], dtype=np.float32))
    assert sorted(one.members for one in group(vectors, 0.5)) == [[0], [1, 3], [2]]


def test_many_vectors_are_gathered_first_and_grouped_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    angles = [30 * (n % 12) + n / 200 for n in range(600)]
    exact = [sorted(one.members) for one in group(spread(*angles), 0.98)]
    monkeypatch.setattr("testing.questions.clustering.MOST_LINKED", 100)
    gathered = [sorted(one.members) for one in group(spread(*angles), 0.98)]
    assert len(exact) == 12 and sorted(gathered) == sorted(exact)


def test_the_nearest_of_none_is_far() -> None:
    cosines, _ = nearest_cosine(spread(0, 90), spread()[:0].reshape(0, 2))
    assert list(cosines) == [-1, -1]
    cosines, places = nearest_cosine(spread(0, 90), spread(80, 1))
    assert list(places) == [1, 0]


@given(st.lists(st.floats(0, 360), max_size=40), st.floats(0.5, 0.999))
def test_every_vector_is_in_one_group_and_they_come_out_the_same_again(
    angles: list[float], likeness: float
) -> None:
    vectors = spread(*angles).reshape(len(angles), 2)
    groups = [one.members for one in group(vectors, likeness)]
    members = [place for one in groups for place in one]
    assert sorted(members) == list(range(len(angles)))
    assert groups == [one.members for one in group(vectors, likeness)]
