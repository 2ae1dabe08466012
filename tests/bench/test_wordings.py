"""`./run bench wordings`: two methods are compared where they are equally precise."""

import numpy as np
import pytest

from bench.wordings import Pairs, compare

ALIKE = np.array([True, True, False, True])
NEVER = np.full(4, -1.0)


def test_precision_and_recall_from_a_score_on() -> None:
    pairs = Pairs(ALIKE, np.array([0.9, 0.7, 0.7, 0.1]), NEVER, NEVER)
    assert pairs.found(pairs.stems, 0.7) == pytest.approx((2 / 3, 2 / 3))
    assert pairs.found(pairs.stems, 0.8) == pytest.approx((1, 1 / 3))
    assert pairs.found(pairs.stems, 0.95) == (0, 0)


def test_the_lowest_score_as_precise_as_another_method() -> None:
    pairs = Pairs(ALIKE, NEVER, np.array([0.9, 0.8, 0.6, 0.5]), NEVER)
    assert pairs.as_precise(pairs.grams, 1) == pytest.approx((2 / 3, 0.8))
    assert pairs.as_precise(pairs.grams, 0.75) == pytest.approx((1, 0.5))
    assert Pairs(ALIKE, NEVER, np.array([0, 0, 1, 0]), NEVER).as_precise(
        np.array([0.1, 0, 1, 0]), 1
    ) == (0, 1)


def test_other_numbers_are_never_the_same_and_the_same_stems_are_one() -> None:
    returns = [(f"Returns take {days} days.", "returns") for days in (30, 60, 60)]
    pairs, count = compare([*returns, ("A return takes 60 days.", "returns")])
    assert (count, pairs.alike.tolist()) == (2, [True])
    assert [scores.tolist() for scores in (pairs.stems, pairs.grams, pairs.model)] == [[-1]] * 3
