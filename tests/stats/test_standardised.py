"""A shift of who writes is told apart from what a release did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.standardised import Cell, direct_standardisation, overlap, without_mix

EASY, HARD = 0.8, 0.3


def day(easy: int, hard: int, step: float = 0.0) -> dict[str, Cell]:
    """A day of two topics."""
    rates = {"easy": (easy, EASY + step), "hard": (hard, HARD + step)}
    return {name: Cell(n, n * rate) for name, (n, rate) in rates.items() if n}


def test_a_hard_topic_that_grows_is_no_change_within() -> None:
    before, after = [Cell(800, 640), Cell(200, 60)], [Cell(720, 576), Cell(280, 84)]
    found = direct_standardisation(before, after)
    assert found.raw == pytest.approx(-0.04)
    assert found.mix == pytest.approx(-0.04)
    assert found.interval.estimate == pytest.approx(0)


@given(st.floats(-0.2, 0.2), st.integers(0, 100))
def test_without_the_mix_only_the_step_is_left(step: float, hard: int) -> None:
    rates, weights = {"easy": EASY, "hard": HARD}, {"easy": 0.75, "hard": 0.25}
    before, after = without_mix([day(75, 25), day(100 - hard, hard, step)], rates, weights)
    assert before == pytest.approx(0.675)
    assert after == pytest.approx(0.675 + step)


def test_a_segment_without_an_earlier_rate_is_left_out_of_the_day() -> None:
    rates, weights = {"easy": EASY}, {"easy": 1.0}
    assert without_mix([day(10, 90)], rates, weights) == [pytest.approx(EASY)]
    assert without_mix([day(0, 90)], rates, weights) == [None]


def test_segments_of_one_side_alone_are_named_with_their_share() -> None:
    before = {"a": Cell(80, 1), "gone": Cell(20, 1)}
    after = {"a": Cell(90, 1), "new": Cell(10, 1)}
    common, excluded = overlap(before, after)
    assert common == ["a"]
    assert excluded == pytest.approx(0.15)
    assert overlap({}, {}) == ([], 0.0)


def test_an_empty_segment_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty on one side"):
        direct_standardisation([Cell(0, 0)], [Cell(5, 1)])
