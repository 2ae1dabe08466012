"""Today's rate from the judge alone: corrected for its errors, or refused."""

import pytest

from stats.intervals import Interval
from stats.nowcast import label_shift, rogan_gladen


def rate(estimate: float, half: float = 0.02) -> Interval:
    """A rate of the judge with its interval."""
    return Interval(estimate, estimate - half, min(1.0, estimate + half), 200, "test")


def test_the_judges_false_alarms_are_taken_out() -> None:
    found = label_shift(27, 200, rate(0.75), rate(0.9, 0.01))
    estimate, low, high = found.limits
    assert estimate == pytest.approx((0.135 + 0.9 - 1) / 0.65)
    assert 0 <= low < estimate < high


def test_a_perfect_judge_is_left_with_the_doubt_of_the_days_count() -> None:
    sure = Interval(1.0, 1.0, 1.0, 200, "test")
    _, low, high = label_shift(10, 100, sure, sure).limits
    assert (low, high) == pytest.approx((0.0395, 0.1605), abs=0.002)


def test_the_less_is_known_of_the_judge_the_wider_today() -> None:
    sharp, vague = rate(0.75, 0.01), rate(0.75, 0.2)
    narrow = label_shift(40, 200, sharp, rate(0.9, 0.01)).half_width
    wide = label_shift(40, 200, vague, rate(0.9, 0.01)).half_width
    assert narrow is not None and wide is not None
    assert wide > narrow


def test_a_count_below_the_false_alarms_is_zero_failures() -> None:
    assert label_shift(1, 200, rate(0.75), rate(0.9)).estimate == 0.0
    assert rogan_gladen(1.0, 0.6, 0.9) == 1.0


def test_a_judge_that_tells_nothing_apart_gives_no_number() -> None:
    found = label_shift(40, 200, rate(0.5), rate(0.6))
    assert found.is_refused
    assert "too little" in found.reason


def test_what_is_missing_is_named() -> None:
    missing = Interval.refused("insufficient data: 3 human-found failures", 3, "test")
    assert "sensitivity: insufficient data" in label_shift(1, 9, missing, rate(0.9)).reason
    assert label_shift(0, 0, rate(0.7), rate(0.9)).reason == "the judge has reviewed nothing yet"
