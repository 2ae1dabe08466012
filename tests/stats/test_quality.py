"""The quality figure corrects for how conversations were chosen, and refuses without data."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.intervals import Interval
from stats.quality import Cell, failure_rate_interval, quality_interval
from stats.sampling import PRIOR_FAILURE_RATES, daily_allocation
from stats.strata import Stratum, split_beta_interval, stratified_proportion

MONDAY = date(2026, 9, 7)
GRADES = (5, 4, 3, 2, 1)
SIZES = (238, 62, 36, 32, 32)


def week_of_cells(n: int, failed: int = 0, days: int = 7) -> list[Cell]:
    """`days` days with the same sizes, n reviews in each grade, failures in the worst grade."""
    return [
        Cell(MONDAY + timedelta(day), grade, size, n, failed if grade == 1 else 0)
        for day in range(days)
        for grade, size in zip(GRADES, SIZES, strict=True)
    ]


def limits(interval: Interval) -> tuple[float, float, float]:
    """low, estimate, high of an interval that was not refused."""
    assert interval.low is not None and interval.high is not None, interval.reason
    assert interval.estimate is not None
    return interval.low, interval.estimate, interval.high


@st.composite
def reviewed_cells(draw: st.DrawFn) -> list[Cell]:
    """Any days and grades, reviewed unevenly."""
    cells = []
    for day in range(draw(st.integers(1, 7))):
        for grade in GRADES:
            size = draw(st.integers(0, 60))
            n = draw(st.integers(0, min(size, 12)))
            cells.append(Cell(MONDAY + timedelta(day), grade, size, n, draw(st.integers(0, n))))
    return cells


flags = st.integers(1, 9).flatmap(
    lambda size: st.integers(0, size).flatmap(
        lambda n: st.builds(Stratum, st.just(size), st.just(n), st.integers(0, n))
    )
)


@given(reviewed_cells(), st.lists(flags, max_size=4))
def test_a_figure_holds_its_estimate_or_says_why_there_is_none(
    cells: list[Cell], flagged: list[Stratum]
) -> None:
    result = failure_rate_interval(cells, flagged)
    assert result.n == sum(c.n for c in cells) + sum(f.n for f in flagged)
    if result.is_refused:
        assert "insufficient data" in result.reason
    else:
        low, estimate, high = limits(result)
        assert 0 <= low <= estimate <= high <= 1


def test_quality_is_what_did_not_fail() -> None:
    low, estimate, high = limits(failure_rate_interval(week_of_cells(5, failed=3)))
    expected = (1 - high, 1 - estimate, 1 - low)
    assert limits(quality_interval(week_of_cells(5, failed=3))) == pytest.approx(expected)


def test_rare_grades_reviewed_more_often_do_not_bias_the_rate() -> None:
    # 3 of 5 failed in a grade that holds 32 of 400 conversations: not 3 of 25.
    assert failure_rate_interval(week_of_cells(5, failed=3)).estimate == pytest.approx(0.048)


def test_ninety_reviews_use_the_grades_and_fewer_the_verdict() -> None:
    many = [Stratum(7 * size, 21, 7 if size == 32 else 0) for size in SIZES]
    many[3] = Stratum(7 * 32, 21, 0)
    graded = failure_rate_interval(week_of_cells(3, failed=1))
    assert limits(graded) == pytest.approx(limits(split_beta_interval(many, 1 / 5)))
    few = failure_rate_interval(week_of_cells(2, failed=1))
    ok, fail = Stratum(7 * 336, 0, 0), Stratum(7 * 64, 28, 7)
    kish = 14 / sum((size / 336) ** 2 for size in SIZES[:3])
    merged = [ok._replace(n=kish), fail]
    expected = split_beta_interval(merged, 0.5, finite=False)
    assert limits(few) == pytest.approx(limits(expected))


def test_fewer_than_twenty_sampled_reviews_are_refused_with_their_count() -> None:
    cells = [Cell(MONDAY, 5, 300, 19, 4)]
    refused = failure_rate_interval(cells, [Stratum(30, 30, 2)])
    assert refused.is_refused
    assert "19 of 20 sampled verdicts, 4 failed" in refused.reason
    assert not failure_rate_interval([Cell(MONDAY, 5, 300, 20, 4)]).is_refused


def test_a_large_grade_without_a_review_is_refused_and_a_small_one_merged() -> None:
    large = [Cell(MONDAY, 5, 79, 30, 2), Cell(MONDAY, 4, 21, 0, 0)]
    assert "grade 4 has 21%" in failure_rate_interval(large).reason
    small = [Cell(MONDAY, 5, 80, 30, 3), Cell(MONDAY, 4, 20, 0, 0)]
    assert failure_rate_interval(small).estimate == pytest.approx(0.1)


def test_an_unreviewed_grade_joins_the_nearest_of_its_day_the_worse_of_two() -> None:
    cells = [
        Cell(MONDAY, 5, 50, 20, 0),
        Cell(MONDAY, 4, 10, 0, 0),
        Cell(MONDAY, 3, 30, 10, 5),
        Cell(MONDAY, 1, 10, 5, 5),
    ]
    assert failure_rate_interval(cells).estimate == pytest.approx((40 * 0.5 + 10) / 100)


def test_days_without_reviews_are_like_the_others_up_to_a_fifth_of_the_volume() -> None:
    unreviewed = [c._replace(n=0, x=0) for c in week_of_cells(5)[:5]]
    reviewed = week_of_cells(5, failed=3)[5:]
    assert failure_rate_interval(unreviewed + reviewed).estimate == pytest.approx(0.048)
    two_days = [c._replace(n=0, x=0) for c in week_of_cells(5)[:10]]
    assert "days with 29%" in failure_rate_interval(two_days + week_of_cells(5)[10:]).reason


def test_flags_reviewed_in_full_add_no_doubt() -> None:
    cells = [c._replace(N=c.N * 100) for c in week_of_cells(5, failed=1)]
    without = limits(failure_rate_interval(cells))
    with_flags = limits(failure_rate_interval(cells, [Stratum(10_000, 10_000, 5_000)]))
    assert with_flags[2] - with_flags[0] == pytest.approx(without[2] - without[0], rel=0.06)
    assert with_flags[1] == pytest.approx((280_000 * without[1] + 5_000) / 290_000)


def test_flags_drawn_at_random_are_weighted_by_their_number() -> None:
    cells = week_of_cells(5)
    result = failure_rate_interval(cells, [Stratum(100, 10, 5), Stratum(100, 0, 0)])
    assert result.estimate == pytest.approx(200 * 0.5 / (2800 + 200))


def test_no_failure_found_is_not_no_doubt() -> None:
    low, estimate, high = limits(failure_rate_interval(week_of_cells(5)))
    assert low == estimate == 0 < high


def test_everything_reviewed_is_known() -> None:
    cells = [Cell(MONDAY, 5, 60, 60, 3), Cell(MONDAY, 1, 40, 40, 20)]
    assert limits(failure_rate_interval(cells)) == pytest.approx((0.23, 0.23, 0.23))


@pytest.mark.parametrize("cell", [(10, 11, 0), (10, 5, 6), (10, 5, -1)])
def test_impossible_counts_are_an_error(cell: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="not x failures"):
        failure_rate_interval([Cell(MONDAY, 5, *cell)])


def test_a_single_review_in_a_stratum_has_no_standard_error() -> None:
    assert stratified_proportion([Stratum(10, 1, 1), Stratum(10, 5, 1)]).se is None
    assert stratified_proportion([Stratum(1, 1, 1), Stratum(9, 9, 0)]) == (0.1, 0.0)


def test_the_week_is_unbiased_and_covered_when_drawn_as_the_queue_draws_it() -> None:
    """1,000 weeks of 2,000 conversations and 30 reviews a day, judge of middling quality."""
    random = np.random.default_rng(7)
    sizes = [1190, 310, 180, 160, 160]
    rates = [0.006, 0.03, 0.08, 0.22, 0.6]
    plan = daily_allocation(sizes, [7 * s for s in sizes], PRIOR_FAILURE_RATES, 30)
    hits, error, weeks = 0, 0.0, 1000
    for _ in range(weeks):
        failed = random.binomial(sizes, rates, (7, 5))
        found = random.hypergeometric(failed, np.array(sizes) - failed, np.array(plan))
        cells = [
            Cell(MONDAY + timedelta(day), grade, sizes[h], plan[h], int(found[day, h]))
            for day in range(7)
            for h, grade in enumerate(GRADES)
        ]
        low, estimate, high = limits(failure_rate_interval(cells))
        truth = failed.sum() / (7 * 2000)
        hits += low <= truth <= high
        error += (estimate - truth) / weeks
    assert hits / weeks >= 0.935
    assert abs(error) < 0.002
