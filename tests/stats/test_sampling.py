"""The day's reviews are spread well over the strata, and drawn so that anyone can repeat it."""

from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.sampling import (
    PRIOR_FAILURE_RATES,
    allocate_greedy,
    daily_allocation,
    draw,
    failure_rates,
    permanent_random_number,
    review_floors,
    round_allocation,
)

T = TypeVar("T")


def five(each: st.SearchStrategy[T]) -> st.SearchStrategy[list[T]]:
    """One value for each of five strata."""
    return st.lists(each, min_size=5, max_size=5)


sizes = five(st.integers(0, 400)).filter(lambda s: sum(s) > 0)
rates = five(st.floats(0.001, 0.999)).map(sorted)
keys = st.lists(st.text(max_size=8), unique=True, max_size=60)


@given(sizes, rates, st.integers(0, 300))
def test_an_allocation_spends_the_budget_and_leaves_no_stratum_out(
    caps: list[int], p: list[float], budget: int
) -> None:
    shares = [size / sum(caps) for size in caps]
    n = allocate_greedy(shares, p, budget, review_floors(shares, budget), caps)
    assert sum(n) == min(budget, sum(caps))
    assert all(0 <= given <= cap for given, cap in zip(n, caps, strict=True))
    if budget >= 5:
        assert all(given >= 1 for given, cap in zip(n, caps, strict=True) if cap)


@given(sizes, rates, st.integers(0, 200))
def test_one_more_review_takes_none_away(caps: list[int], p: list[float], budget: int) -> None:
    shares = [size / sum(caps) for size in caps]
    less = allocate_greedy(shares, p, budget, caps=caps)
    more = allocate_greedy(shares, p, budget + 1, caps=caps)
    assert all(a <= b for a, b in zip(less, more, strict=True))


def test_judge_ok_strata_keep_half_their_share_as_insurance() -> None:
    assert review_floors([0.6, 0.2, 0.1, 0.1, 0.0], 100) == [30, 10, 5, 1, 0]
    certain_ok = [1e-6, 1e-6, 1e-6, 0.5, 0.5]
    shares = [0.6, 0.1, 0.1, 0.1, 0.1]
    assert allocate_greedy(shares, certain_ok, 100, review_floors(shares, 100))[0] >= 30


def test_a_large_budget_is_spread_as_neyman_spreads_it() -> None:
    shares, p = [0.8, 0.2], [0.1, 0.5]
    n = allocate_greedy(shares, p, 10_000)
    assert n[0] == pytest.approx(10_000 * 0.8 * 0.3 / (0.8 * 0.3 + 0.2 * 0.5), abs=10)


@given(
    five(st.floats(0, 500)),
    five(st.integers(0, 90)),
    st.integers(0, 300),
)
def test_rounding_keeps_the_sum_and_the_limits(
    targets: list[float], caps: list[int], budget: int
) -> None:
    n = round_allocation(targets, caps, budget)
    assert sum(n) == min(budget, sum(caps))
    assert all(given <= cap for given, cap in zip(n, caps, strict=True))
    if budget >= 5:
        assert all(given >= 1 for given, cap in zip(n, caps, strict=True) if cap)


def test_rounding_goes_by_the_largest_remainder() -> None:
    assert round_allocation([4.6, 3.3, 2.1], [99, 99, 99], 10) == [5, 3, 2]


def test_a_budget_below_one_a_stratum_goes_to_the_largest_targets() -> None:
    assert round_allocation([1.0, 9.0, 5.0], [50, 50, 50], 2) == [0, 1, 1]


@given(sizes, st.integers(0, 60))
def test_a_day_gets_its_budget_and_every_stratum_a_review(today: list[int], budget: int) -> None:
    week = [7 * size for size in today]
    n = daily_allocation(today, week, PRIOR_FAILURE_RATES, budget)
    assert sum(n) == min(budget, sum(today))
    assert all(given <= size for given, size in zip(n, today, strict=True))
    if budget >= 5:
        assert all(given >= 1 for given, size in zip(n, today, strict=True) if size)


def test_a_day_without_conversations_gets_no_reviews() -> None:
    assert daily_allocation([0] * 5, [0] * 5, PRIOR_FAILURE_RATES, 30) == [0] * 5


def test_a_week_without_its_own_day_is_an_error() -> None:
    with pytest.raises(ValueError, match="include today"):
        daily_allocation([5, 0, 0, 0, 0], [4, 0, 0, 0, 0], PRIOR_FAILURE_RATES, 3)


def test_without_labels_the_default_guess_stands() -> None:
    assert failure_rates([0] * 5, [0] * 5) == list(PRIOR_FAILURE_RATES)


def test_rates_that_fall_from_ok_to_fail_are_pooled() -> None:
    found = failure_rates([0, 4, 1, 3, 9], [30, 19, 19, 9, 9])
    assert found[0] == pytest.approx(0.5 / 31)
    assert found[1] == found[2] == pytest.approx((4.5 + 1.5) / 40)
    assert found[3:] == pytest.approx([0.35, 0.95])


@given(five(st.integers(1, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))))
def test_rates_never_fall_from_ok_to_fail(labels: list[tuple[int, int]]) -> None:
    found = failure_rates([x for x, _ in labels], [n for _, n in labels])
    assert found == sorted(found)
    assert all(0 < rate < 1 for rate in found)


@given(keys, st.integers(0, 70))
def test_a_draw_can_be_repeated_from_its_secret(keys: list[str], n: int) -> None:
    first = draw(keys, n, b"day")
    assert first == draw(sorted(keys, reverse=True), n, b"day")
    assert len(first) == len(set(first)) == min(n, len(keys))


@given(keys, st.integers(0, 40), st.integers(0, 40))
def test_a_larger_draw_only_adds_to_a_smaller(keys: list[str], n: int, more: int) -> None:
    assert draw(keys, n + more, b"day")[:n] == draw(keys, n, b"day")


def test_another_day_draws_others() -> None:
    keys = [str(i) for i in range(100)]
    assert draw(keys, 10, b"monday") != draw(keys, 10, b"tuesday")


def test_a_permanent_random_number_is_the_head_of_its_hmac() -> None:
    # printf conversation-1 | openssl dgst -sha256 -hmac secret  ->  559d2c8c6170ccee...
    expected = 0x559D2C8C6170CCEE / 2**64
    assert permanent_random_number(b"secret", "conversation-1") == pytest.approx(
        expected, abs=1e-15
    )


def test_permanent_random_numbers_are_uniform() -> None:
    numbers = [permanent_random_number(b"s", str(i)) for i in range(20_000)]
    assert all(0 <= number < 1 for number in numbers)
    for tenth in range(10):
        share = sum(tenth / 10 <= number < (tenth + 1) / 10 for number in numbers) / 20_000
        assert share == pytest.approx(0.1, abs=0.01)
