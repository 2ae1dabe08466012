"""The figure keeps its word on judges of known worth; `./run bench estimate` is the long form."""

from math import sqrt

import numpy as np
import pytest

from bench.estimation.judges import BLIND, JUDGES, MIDDLING, STRONG, WEAK, Judge
from bench.estimation.windows import OK, review, simulate
from bench.estimation.worlds import Case, make_world
from stats.agreement import judge_error
from stats.nowcast import label_shift
from stats.savings import reviews_saved, wilson_width
from stats.strata import Stratum

WINDOWS = 600  # a coverage of .95 measured in so many falls below .92 once in a thousand


@pytest.mark.parametrize(
    ("judge", "past"), [(WEAK, WEAK), (MIDDLING, None), (STRONG, STRONG), (BLIND, STRONG)]
)
def test_day_week_and_month_are_covered_and_unbiased(judge: Judge, past: Judge | None) -> None:
    for n, tally in simulate(Case(judge, past, 0.08), WINDOWS, seed=11).items():
        assert tally.refused == 0
        assert tally.coverage >= 0.92, n
        assert abs(tally.bias) < 4 * tally.doubt_of_bias


def test_a_better_judge_makes_the_figure_narrower() -> None:
    widths = [
        simulate(Case(judge, judge, 0.08), WINDOWS, seed=5)[210].mean_width for judge in JUDGES
    ]
    assert widths == sorted(widths, reverse=True)
    saved = [reviews_saved(0.08, width, 210).savings for width in widths]
    assert saved[0] >= 0.25 and saved[1] >= 0.45 and saved[2] >= 0.70


def test_the_judge_is_measured_as_good_as_it_is() -> None:
    tally = simulate(Case(MIDDLING, MIDDLING, 0.08), WINDOWS, seed=3)[210]
    assert all(abs(error) <= 0.03 for error in tally.bias_of_judge)


@pytest.mark.parametrize(("judge", "expected"), [(WEAK, 0.31), (MIDDLING, 0.58), (STRONG, 0.85)])
def test_simulated_judges_are_as_good_as_they_are_said_to_be(judge: Judge, expected: float) -> None:
    """Sensitivity and specificity, and what Neyman's allocation saves at 5 % with such a judge."""
    shares, rates = judge.grades(0.05)
    assert shares.sum() == pytest.approx(1)
    assert (shares * rates)[3:].sum() == pytest.approx(0.05 * judge.sensitivity)
    assert (shares * (1 - rates))[:3].sum() == pytest.approx(0.95 * judge.specificity)
    spread = sum(share * sqrt(p * (1 - p)) for share, p in zip(shares, rates, strict=True))
    assert 1 - spread**2 / (0.05 * 0.95) == pytest.approx(expected, abs=0.005)


def test_a_plain_sample_saves_nothing_over_itself() -> None:
    assert reviews_saved(0.05, wilson_width(100, 0.05), 100).savings == pytest.approx(0, abs=1e-9)
    assert reviews_saved(0.05, wilson_width(100, 0.05), 50).savings == pytest.approx(0.5)
    assert reviews_saved(0.05, wilson_width(50, 0.05), 100).savings == pytest.approx(-1)


def todays_coverage(today: Judge, failure_rate: float) -> float:
    """How often the day's rate from the judge alone holds the truth: four weeks of labels with a
    middling judge at 6 % failures, then a day of 2,000 conversations with the judge of today.
    """
    random, held, days = np.random.default_rng(5), 0, 200
    for _ in range(days // 5):
        world = make_world(Case(MIDDLING, MIDDLING, 0.06), random)
        for found in review(world, 5, random)[1]:
            counts = zip(world.sizes.sum(0), world.reviews.sum(0), found.sum(0), strict=True)
            strata = [Stratum(*map(float, row)) for row in counts]
            error = judge_error(strata[OK:], strata[:OK])
            failed = random.binomial(2000, failure_rate)
            said = random.binomial(failed, today.sensitivity)
            said += random.binomial(2000 - failed, 1 - today.specificity)
            rate = label_shift(int(said), 2000, error.sensitivity, error.specificity)
            _, low, high = rate.limits
            held += low <= failed / 2000 <= high
    return held / days


@pytest.mark.parametrize("failure_rate", [0.03, 0.06, 0.12])
def test_todays_rate_follows_failures_that_double_or_halve(failure_rate: float) -> None:
    assert todays_coverage(MIDDLING, failure_rate) >= 0.92


def test_todays_rate_is_wrong_with_a_judge_that_grew_stricter() -> None:
    """What the canary is there for."""
    assert todays_coverage(Judge("stricter", 0.75, 0.84), 0.06) < 0.5
