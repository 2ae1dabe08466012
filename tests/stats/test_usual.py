"""The usual range: what the next week is expected between."""

import numpy as np
import pytest

from stats.usual import LEAST_WEEKS, Excursion, Past, excursions, usual_range

pytestmark = pytest.mark.any_database


def make_weeks(values: list[float], se: float = 0.01) -> list[Past]:
    """Weeks of these values."""
    return [Past(value, se) for value in values]


def test_too_few_weeks_are_refused_with_their_number() -> None:
    found = usual_range(make_weeks([0.4] * 9), 0.01, 0.05)
    assert found.is_refused
    assert found.reason == "10 weeks are needed, 9 are there"


def test_equal_weeks_still_leave_the_noise_of_sampling() -> None:
    found = usual_range(make_weeks([0.4] * LEAST_WEEKS), 0.01, 0.05)
    estimate, low, high = found.limits
    # The week's own error and a quarter of it in the forecast, over six residuals; t(5) = 2.571.
    reach = 2.5706 * (0.01**2 * 1.25 * (1 + 1 / 6)) ** 0.5
    assert estimate == pytest.approx(0.4)
    assert low == pytest.approx(0.4 - reach, abs=1e-5)
    assert high == pytest.approx(0.4 + reach, abs=1e-5)


def test_a_steady_trend_is_expected_to_go_on() -> None:
    found = usual_range(make_weeks([0.2 + 0.01 * week for week in range(16)]), 0.005, 0.05)
    assert found.estimate == pytest.approx(0.36)


def test_a_range_stays_within_what_the_figure_can_be() -> None:
    found = usual_range(make_weeks([0.98, 0.99] * 6, se=0.02), 0.02, 0.01, (0.0, 1.0))
    assert found.high == 1.0


def test_a_range_of_noise_is_left_as_rarely_as_promised() -> None:
    rng = np.random.default_rng(5)
    outside = 0
    for _ in range(2000):
        level = 0.35 + rng.normal(0, 0.02, 15)
        values = rng.binomial(400, level) / 400
        weeks = [Past(float(value), 0.024) for value in values]
        found = usual_range(weeks[:-1], 0.024, 0.05)
        _, low, high = found.limits
        outside += not low <= weeks[-1].value <= high
    assert 0.03 < outside / 2000 < 0.07


def test_an_excursion_lasts_until_the_figure_is_back() -> None:
    assert excursions([False, True, True, False, None, True, None, True]) == [
        Excursion(1, 2, 3),
        Excursion(5, 7, None),
    ]
    assert excursions([None, False]) == []
