"""A release's impact is told apart from noise, and not told when the data cannot."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.impact import release_regression, shows_trend, verdict, weekly_change_placebo
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


@given(st.integers(0, 6), st.floats(-0.2, 0.2))
def test_a_step_is_found_whatever_weekday_the_series_begins_on(weekday: int, step: float) -> None:
    base = days(42)[weekday : weekday + 35]
    moved = [value + step * (day >= 28) for day, value in enumerate(base) if value is not None]
    found, plain = release_regression(moved, 28).interval, release_regression(base, 28).interval
    assert estimate(found) - estimate(plain) == pytest.approx(step, abs=1e-9)
    assert found.se == pytest.approx(plain.se, rel=1e-6)


def test_days_that_alternate_do_not_make_the_answer_surer() -> None:
    zigzag = [0.7 + 0.01 * (-1) ** day for day in range(35)]
    assert release_regression(zigzag, 28).interval.df == 27


def test_a_trend_is_not_taken_for_the_release() -> None:
    rising = [value + 0.002 * day for day, value in enumerate(days(63)) if value is not None]
    plain = release_regression(rising, 56).interval
    trended = release_regression(rising, 56, trend=True).interval
    assert estimate(plain) > 0.05
    assert abs(estimate(trended)) < 0.01


def test_days_left_out_do_not_count_and_do_not_move_the_step() -> None:
    values = days(42, step=0.03, noise=0.001)
    wild = list(values)
    values[10], wild[10] = None, 0.1
    result = release_regression(values, 35).interval
    assert result.n == 41
    assert estimate(result) == pytest.approx(0.03, abs=0.002)
    assert abs(estimate(release_regression(wild, 35).interval) - 0.03) > 0.01


@pytest.mark.parametrize(("before", "after"), [(27, 7), (28, 6)])
def test_too_few_days_are_refused_with_their_numbers(before: int, after: int) -> None:
    result = release_regression(days(before + after), before).interval
    assert result.is_refused
    assert f"{before} whole days before (28 needed), {after} after" in result.reason


def test_too_few_past_weeks_are_refused() -> None:
    assert "3 past" in weekly_change_placebo([0.7, 0.71, 0.69, 0.7, 0.72]).reason
    assert "0 past" in weekly_change_placebo([0.7]).reason
    assert not weekly_change_placebo([0.7, 0.71, 0.69, 0.7, 0.72, 0.7]).is_refused


def noisy(random: np.random.Generator, days: int, sd: float, r: float) -> list[float]:
    """Rates of days: base 70 %, 2,000 conversations, day effects with an autocorrelation."""
    effect = [float(random.normal(0, sd))]
    for _ in range(days - 1):
        effect.append(r * effect[-1] + float(random.normal(0, sd * np.sqrt(1 - r * r))))
    rates = 0.7 + np.array(effect) + np.array(SHAPE * (days // 7))
    return [float(count) / 2000 for count in random.binomial(2000, rates)]


@pytest.mark.parametrize("steps", [[], [7, 14, 21]])
def test_noise_of_the_day_does_not_make_false_alarms(steps: list[int]) -> None:
    """Quiet weeks before, or a release in every week."""
    random = np.random.default_rng(2)
    found = [
        release_regression(noisy(random, 35, 0.02, 0.3), 28, steps=steps).interval
        for _ in range(1500)
    ]
    alarms = sum(verdict(one, "higher", 1.0) in ("improved", "regressed") for one in found)
    assert 0.02 <= alarms / 1500 <= 0.07


def test_what_earlier_releases_did_is_not_taken_for_this_one() -> None:
    weekly = [value + 0.02 * (day // 7) for day, value in enumerate(days(35)) if value is not None]
    blind = release_regression(weekly, 28).interval
    aware = release_regression(weekly, 28, steps=[7, 14, 21]).interval
    assert estimate(blind) > 0.04
    assert estimate(aware) == pytest.approx(0.02, abs=0.01)
    assert aware.method == "weekday regression, a step per release"


def test_the_release_before_needs_a_week_of_its_own() -> None:
    result = release_regression(days(35), 28, steps=[24]).interval
    assert result.reason == "insufficient data: 4 whole days on the release before it (7 needed)"


def test_equal_doubt_of_every_day_changes_nothing() -> None:
    plain, weighed = (
        release_regression(days(35), 28, variances=given).interval for given in (None, [1e-4] * 35)
    )
    assert plain.low == pytest.approx(weighed.low)
    assert plain.high == pytest.approx(weighed.high)


def test_fewer_answers_after_the_release_widen_the_interval() -> None:
    """A survey that fewer answer makes the days after noisier than those before."""
    random = np.random.default_rng(3)
    n = np.array([300] * 28 + [30] * 7)
    variances = (1 / n).tolist()
    missed = {"plain": 0, "weighed": 0}
    for _ in range(800):
        values = (4.5 + random.normal(0, 1, 35) / np.sqrt(n)).tolist()
        for name, doubt in (("plain", None), ("weighed", variances)):
            result = release_regression(values, 28, variances=doubt).interval
            missed[name] += (result.low or 0) > 0 or (result.high or 0) < 0
    assert missed["plain"] / 800 > 0.15
    assert missed["weighed"] / 800 < 0.07


def test_a_trend_is_seen_only_in_eight_weeks_that_have_one() -> None:
    flat = days(63)[:56]
    rising = [value + 0.001 * day for day, value in enumerate(flat) if value is not None]
    assert shows_trend(rising)
    assert not shows_trend(rising[:49])
    assert not shows_trend(flat)


def test_the_fitted_line_jumps_at_the_release() -> None:
    fit = release_regression(days(35, step=0.05, noise=0.001), 28)
    assert len(fit.fitted) == 35
    assert fit.fitted[28] - fit.fitted[21] == pytest.approx(0.05, abs=0.002)


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


def test_one_of_many_needs_an_adjusted_p() -> None:
    clear = Interval(0.02, 0.001, 0.039, 35, "given")
    assert verdict(clear, "higher", 0.05, adjusted_p=0.04) == "improved"
    assert verdict(clear, "higher", 0.05, adjusted_p=0.12) == "no_clear_change"
    assert verdict(clear, "higher", 0.01, adjusted_p=0.12) == "cannot_tell_yet"


def test_a_refused_interval_cannot_tell_yet() -> None:
    refused = Interval.refused("insufficient data", 3, "given", estimate=0.4)
    assert verdict(refused, "higher", 0.02) == "cannot_tell_yet"
