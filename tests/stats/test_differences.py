"""The difference of two windows, and the cross-check of one, as properties."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.intervals import Interval, mover_difference, wilson_interval
from stats.quality import Cell, cross_check, failure_rate_interval, standard_error
from stats.strata import (
    Stratum,
    split_beta_interval,
    stratified_score_interval,
    verdict_strata_interval,
)

strata = st.lists(
    st.integers(1, 40).flatmap(
        lambda n: st.builds(Stratum, st.integers(n, 400), st.just(n), st.integers(0, n))
    ),
    min_size=1,
    max_size=5,
)


def test_a_refused_window_refuses_the_difference_and_says_which() -> None:
    known = wilson_interval(5, 50)
    refused = Interval.refused("insufficient data: 3 sampled reviews", 3, "split-Beta")
    assert mover_difference(refused, known).reason == f"the earlier window: {refused.reason}"
    assert mover_difference(known, refused).reason == f"the later window: {refused.reason}"


def test_a_difference_turned_round_changes_its_sign() -> None:
    a, b = wilson_interval(5, 50), wilson_interval(20, 60)
    there, back = mover_difference(a, b), mover_difference(b, a)
    assert there.limits == pytest.approx([-back.limits[0], -back.limits[2], -back.limits[1]])


@given(strata)
def test_the_score_interval_holds_its_estimate(found: list[Stratum]) -> None:
    estimate, low, high = stratified_score_interval(found).limits
    assert -1e-9 <= low <= estimate + 1e-9
    assert estimate - 1e-9 <= high <= 1 + 1e-9


@given(st.integers(1, 60), st.data())
def test_the_score_interval_of_one_stratum_is_wilsons(n: int, data: st.DataObject) -> None:
    x = data.draw(st.integers(0, n))
    found = stratified_score_interval([Stratum(n, n, x)])
    assert found.limits == pytest.approx(wilson_interval(x, n).limits, abs=1e-9)


@pytest.mark.parametrize(("x_ok", "x_fail"), [(2, 0), (0, 2), (0, 0)])
def test_no_failure_on_a_side_lifts_no_lower_limit(x_ok: int, x_fail: int) -> None:
    ok, fail = [Stratum(1700, 20, x_ok)], [Stratum(300, 10, x_fail)]
    lifted = split_beta_interval([*ok, *fail], 0.5, finite=False)
    found = verdict_strata_interval(ok, fail)
    assert found.limits[1] <= lifted.limits[1]
    assert (found.limits[0], found.limits[2]) == (lifted.limits[0], lifted.limits[2])


def test_two_failures_by_chance_no_longer_push_the_limit_over_a_low_truth() -> None:
    ok, fail = [Stratum(1700, 20, 2)], [Stratum(300, 10, 0)]
    lifted = split_beta_interval([*ok, *fail], 0.5, finite=False)
    found = verdict_strata_interval(ok, fail)
    assert lifted.limits[1] - found.limits[1] > 0.003


def test_failures_known_in_full_are_a_lower_limit_of_their_own() -> None:
    found = verdict_strata_interval([Stratum(90, 30, 0)], [], [Stratum(10, 10, 4)])
    assert found.limits[1] == pytest.approx(0.04)
    assert found.limits[2] > 0.04


def test_the_cross_check_is_wider_and_about_the_same_number() -> None:
    cells = [
        Cell(date(2026, 9, 7), grade, size, n, x)
        for grade, size, n, x in [(5, 800, 60, 1), (3, 150, 30, 3), (1, 50, 20, 9)]
    ]
    flagged = [Stratum(10, 10, 6)]
    usual, other = failure_rate_interval(cells, flagged), cross_check(cells, flagged)
    assert other.estimate == pytest.approx(usual.estimate)
    assert other.half_width is not None and usual.half_width is not None
    assert other.half_width > usual.half_width
    assert other.n == usual.n
    assert cross_check(cells[:1], []).is_refused is False
    assert cross_check([], flagged).reason.startswith("insufficient data")


def test_the_standard_error_is_cochrans_and_absent_without_a_figure() -> None:
    day = date(2026, 9, 7)
    cells = [Cell(day, 5, 1735, 18, 1), Cell(day, 1, 265, 12, 4)]
    assert standard_error(cells) == pytest.approx(0.0513538544)
    assert standard_error(cells[1:]) is None
