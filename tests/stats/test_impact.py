"""A release's impact is told apart from noise, and not told when the data cannot."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.impact import release_regression, verdict, weekday_pairs, weekly_change_placebo
from stats.intervals import Interval

SHAPE = [0.0, 0.02, 0.02, 0.0, -0.01, -0.02, -0.03]  # a week's pattern


def days(n: int, step: float = 0.0, noise: float = 0.005, seed: int = 1) -> list[float | None]:
    """n days with weekday pattern and noise, and a step in the last 7."""
    random = np.random.default_rng(seed)
    values: list[float | None] = []
    for day in range(n):
        values.append(0.7 + SHAPE[day % 7] + float(random.normal(0, noise)))
    return values[:-7] + [value + step for value in values[-7:] if value is not None]


def estimate(interval: Interval) -> float:
    """The estimate of an interval that has one."""
    assert interval.estimate is not None
    return interval.estimate


def test_weekday_pairs_are_the_paired_t_of_a_textbook() -> None:
    # differences 1..7: mean 4, s = 2.160247, t(6) = 2.446912
    result = weekday_pairs([0.0] * 7, [1.0, 2, 3, 4, 5, 6, 7])
    assert (result.low, result.estimate, result.high) == pytest.approx(
        (4 - 1.997894, 4, 4 + 1.997894), abs=1e-5
    )
    assert result.df == 6


def test_weekday_pairs_do_not_mind_the_pattern_of_the_week() -> None:
    values = days(14, step=0.03, noise=0.001)
    result = weekday_pairs(values[:7], values[7:])
    assert estimate(result) == pytest.approx(0.03, abs=0.002)
    assert result.low is not None and result.low > 0.025


def test_a_missing_day_refuses_the_pairs_and_says_how_many() -> None:
    values = days(14)
    result = weekday_pairs([None, *values[1:7]], [*values[7:13], None])
    assert result.is_refused and "2 of 7" in result.reason


def test_a_change_without_any_spread_is_not_certain() -> None:
    flat = weekday_pairs([0.0] * 7, [0.0] * 7)
    assert flat.is_refused and flat.estimate == 0
    assert verdict(flat, "higher", 0.02) == "cannot_tell_yet"


def test_other_lengths_than_a_week_are_an_error() -> None:
    with pytest.raises(ValueError, match="seven days"):
        weekday_pairs([0.1] * 6, [0.1] * 7)


@given(st.integers(0, 6), st.floats(-0.2, 0.2))
def test_a_step_is_found_whatever_weekday_the_series_begins_on(weekday: int, step: float) -> None:
    base = days(42)[weekday : weekday + 35]
    moved = [value + step * (day >= 28) for day, value in enumerate(base) if value is not None]
    found, plain = release_regression(moved, 28), release_regression(base, 28)
    assert estimate(found) - estimate(plain) == pytest.approx(step, abs=1e-9)
    assert found.se == pytest.approx(plain.se, rel=1e-6)


def test_days_that_alternate_do_not_make_the_answer_surer() -> None:
    zigzag = [0.7 + 0.01 * (-1) ** day for day in range(35)]
    assert release_regression(zigzag, 28).df == 27


def test_a_trend_is_not_taken_for_the_release() -> None:
    rising = [value + 0.002 * day for day, value in enumerate(days(63)) if value is not None]
    plain = release_regression(rising, 56)
    trended = release_regression(rising, 56, trend=True)
    assert estimate(plain) > 0.05
    assert abs(estimate(trended)) < 0.01


def test_days_left_out_do_not_count_and_do_not_move_the_step() -> None:
    values = days(42, step=0.03, noise=0.001)
    wild = list(values)
    values[10], wild[10] = None, 0.1
    result = release_regression(values, 35)
    assert result.n == 41
    assert estimate(result) == pytest.approx(0.03, abs=0.002)
    assert abs(estimate(release_regression(wild, 35)) - 0.03) > 0.01


@pytest.mark.parametrize(("before", "after"), [(27, 7), (28, 6)])
def test_too_few_days_are_refused_with_their_numbers(before: int, after: int) -> None:
    result = release_regression(days(before + after), before)
    assert result.is_refused
    assert f"{before} whole days before (28 needed), {after} after" in result.reason


def test_too_few_past_weeks_are_refused() -> None:
    assert "3 past" in weekly_change_placebo([0.7, 0.71, 0.69, 0.7, 0.72]).reason
    assert "0 past" in weekly_change_placebo([0.7]).reason
    assert not weekly_change_placebo([0.7, 0.71, 0.69, 0.7, 0.72, 0.7]).is_refused


def alarms(series: Sequence[Sequence[float]], release_day: int) -> float:
    """The share of series without an effect for which the regression sees one."""
    results = [release_regression(one, release_day) for one in series]
    return sum(verdict(r, "higher", 1.0) in ("improved", "regressed") for r in results) / len(
        results
    )


def test_noise_of_the_day_does_not_make_false_alarms() -> None:
    """Base 70 %, 2,000 conversations a day, day effects of SD 2 points with correlation .3."""
    random = np.random.default_rng(2)
    series = []
    for _ in range(1500):
        effect = [float(random.normal(0, 0.02))]
        for _ in range(34):
            effect.append(0.3 * effect[-1] + float(random.normal(0, 0.02 * np.sqrt(1 - 0.09))))
        rates = 0.7 + np.array(effect) + np.array(SHAPE * 5)
        series.append((random.binomial(2000, rates) / 2000).tolist())
    assert 0.02 <= alarms(series, 28) <= 0.07


@pytest.mark.parametrize(
    ("low", "high", "better", "expected"),
    [
        (0.01, 0.05, "higher", "improved"),
        (0.01, 0.05, "lower", "regressed"),
        (-0.05, -0.01, "higher", "regressed"),
        (-0.05, -0.01, "lower", "improved"),
        (-0.01, 0.01, "higher", "no_clear_change"),
        (-0.03, 0.04, "higher", "cannot_tell_yet"),
        (0.0, 0.02, "higher", "no_clear_change"),
        (0.01, 0.15, "higher", "improved"),
    ],
)
def test_a_verdict_says_no_more_than_its_interval(
    low: float, high: float, better: Literal["higher", "lower"], expected: str
) -> None:
    interval = Interval((low + high) / 2, low, high, 14, "given")
    assert verdict(interval, better, 0.02) == expected


def test_a_refused_interval_cannot_tell_yet() -> None:
    refused = Interval.refused("insufficient data", 3, "given", estimate=0.4)
    assert verdict(refused, "higher", 0.02) == "cannot_tell_yet"
