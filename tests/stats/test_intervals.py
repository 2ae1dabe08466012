"""Intervals of simple samples hold their estimate, stay on their scale, and refuse honestly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.intervals import Interval, Moments, mean_interval, newcombe_diff, welch_diff
from stats.intervals import wilson_interval as wilson

counts = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
scores = st.lists(st.integers(1, 5), min_size=1, max_size=80)


def limits(interval: Interval) -> tuple[float, float, float]:
    """low, estimate, high of an interval that was not refused."""
    assert interval.low is not None and interval.high is not None
    assert interval.estimate is not None
    return interval.low, interval.estimate, interval.high


@given(counts)
def test_wilson_holds_its_estimate_and_stays_between_0_and_1(count: tuple[int, int]) -> None:
    low, estimate, high = limits(wilson(*count))
    assert 0 <= low <= estimate <= high <= 1
    assert low < high


@given(counts)
def test_wilson_mirrors_successes_and_failures(count: tuple[int, int]) -> None:
    x, n = count
    assert limits(wilson(n - x, n).complement()) == pytest.approx(limits(wilson(x, n)))


@given(st.integers(2, 500))
def test_wilson_rises_with_the_count(n: int) -> None:
    rows = [limits(wilson(x, n)) for x in range(0, n + 1, max(1, n // 10))]
    assert rows == sorted(rows)
    assert [row[2] for row in rows] == sorted(row[2] for row in rows)


def test_wilson_of_nothing_is_refused_with_a_reason() -> None:
    refused = wilson(0, 0)
    assert refused.is_refused and refused.estimate is None and refused.reason
    assert refused.half_width is None and refused.complement().low is None


@pytest.mark.parametrize("x", [-1, 11])
def test_more_successes_than_trials_is_an_error(x: int) -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        wilson(x, 10)


@given(counts, counts)
def test_a_difference_of_proportions_turns_round_with_its_sides(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    low, estimate, high = limits(newcombe_diff(*one, *two))
    assert -1 <= low <= estimate <= high <= 1
    assert limits(newcombe_diff(*two, *one)) == pytest.approx((-high, -estimate, -low))


def test_a_difference_to_nothing_is_refused() -> None:
    assert newcombe_diff(1, 2, 0, 0).is_refused


@given(scores)
def test_a_mean_on_a_scale_has_an_interval_on_that_scale(values: list[int]) -> None:
    low, estimate, high = limits(mean_interval(*Moments.of(values), scale=(1, 5)))
    assert 1 <= low <= estimate <= high <= 5
    assert low < high


def test_a_mean_is_students_interval() -> None:
    low, estimate, high = limits(mean_interval(5, 15, 55))
    # 3 ± 2.776445 · sqrt(2.5 / 5)
    assert (low, estimate, high) == pytest.approx((1.036757, 3.0, 4.963243), abs=1e-6)


def test_equal_scores_do_not_claim_certainty() -> None:
    low, estimate, high = limits(mean_interval(4, 20, 100, scale=(1, 5)))
    assert estimate == high == 5
    assert low == pytest.approx(1 + 4 * 4 / (4 + 1.959964**2), abs=1e-5)


def test_equal_values_without_a_scale_keep_the_mean_and_refuse_the_limits() -> None:
    for values in ([0.1] * 30, [7.0]):
        result = mean_interval(*Moments.of(values))
        assert result.is_refused and result.reason
        assert result.estimate == pytest.approx(values[0])


def test_a_mean_of_no_values_is_refused() -> None:
    assert mean_interval(0, 0, 0, scale=(1, 5)).is_refused


def test_small_samples_of_scores_are_called_approximate() -> None:
    few, many = [1, 5] * 24, [1, 5] * 25
    assert "approximate" in mean_interval(*Moments.of(few)).method
    assert "approximate" not in mean_interval(*Moments.of(many)).method


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30))
def test_moments_of_parts_add_up_to_the_whole(values: list[float]) -> None:
    half = len(values) // 2
    parts = zip(Moments.of(values[:half]), Moments.of(values[half:]), strict=True)
    whole = Moments.of(values)
    assert tuple(a + b for a, b in parts) == pytest.approx(tuple(whole), abs=1e-6)
    assert whole.variance >= 0


def test_welch_needs_two_values_and_some_spread_on_the_whole() -> None:
    assert welch_diff(Moments.of([1]), Moments.of([1, 2])).is_refused
    assert welch_diff(Moments.of([2, 2]), Moments.of([1, 1])).is_refused
    assert welch_diff(Moments.of([2, 2]), Moments.of([1, 1])).estimate == 1
