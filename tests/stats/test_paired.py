"""Two releases on the same cases are compared case by case, without false certainty."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.paired import (
    VarianceComponents,
    cases_needed_paired,
    mcnemar_exact,
    mde_paired_cases,
    paired_cases_guarded,
    paired_cases_t,
    paired_variance_components,
    pass_hat_k,
    pass_hat_k_interval,
)

TRIALS = 3
runs = st.lists(
    st.tuples(st.integers(0, TRIALS), st.integers(0, TRIALS)), min_size=1, max_size=60
).map(lambda pairs: ([a for a, _ in pairs], [b for _, b in pairs]))
passes = st.lists(st.integers(0, TRIALS), min_size=1, max_size=60)


@given(runs)
def test_a_comparison_holds_its_estimate_and_never_claims_certainty(
    run: tuple[list[int], list[int]],
) -> None:
    result = paired_cases_guarded(*run, TRIALS)
    assert result.low is not None and result.high is not None and result.estimate is not None
    assert -1 <= result.low <= result.estimate <= result.high <= 1
    assert result.low < result.high


@given(runs)
def test_swapping_the_releases_turns_the_difference_round(
    run: tuple[list[int], list[int]],
) -> None:
    one, two = paired_cases_guarded(*run, TRIALS), paired_cases_guarded(*run[::-1], TRIALS)
    assert one.low is not None and one.high is not None and one.estimate is not None
    assert (two.low, two.estimate, two.high) == pytest.approx(
        (-one.high, -one.estimate, -one.low), abs=1e-12
    )


def test_every_case_won_is_a_clear_gain_and_still_in_doubt() -> None:
    result = paired_cases_guarded([0] * 12, [3] * 12, 3)
    assert result.estimate == 1 and result.high == 1
    assert result.low is not None and 0 < result.low < 1
    assert paired_cases_t([0] * 12, [3] * 12, 3).is_refused


def test_ten_cases_that_differ_need_no_guard() -> None:
    baseline = [3] * 30
    moved = [0, 1, 2] * 3
    nine, ten = moved + [3] * 21, [*moved, 0] + [3] * 20
    assert paired_cases_guarded(baseline, nine, 3).method == "paired t, guarded"
    assert paired_cases_guarded(baseline, ten, 3) == paired_cases_t(baseline, ten, 3)


def test_no_cases_are_refused_and_a_single_case_proves_nothing() -> None:
    assert paired_cases_guarded([], [], 3).is_refused
    assert paired_cases_t([1], [2], 3).is_refused
    one = paired_cases_guarded([0], [3], 3)
    assert one.low is not None and one.low < 0


@pytest.mark.parametrize(("baseline", "candidate"), [([4], [1]), ([1], [-1]), ([1, 2], [1])])
def test_runs_that_do_not_match_are_an_error(baseline: list[int], candidate: list[int]) -> None:
    with pytest.raises(ValueError, match="passes must be|shorter"):
        paired_cases_guarded(baseline, candidate, 3)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_a_probability_and_knows_no_direction(b: int, c: int) -> None:
    result = mcnemar_exact(b, c)
    assert 0 < result.p_mid <= result.p <= 1
    assert result == mcnemar_exact(c, b)


def test_mcnemar_of_no_change_is_one() -> None:
    assert mcnemar_exact(0, 0) == (1.0, 1.0)


@given(passes)
def test_passing_more_often_in_a_row_is_never_easier(passes: list[int]) -> None:
    chances = [pass_hat_k(passes, TRIALS, k) for k in (1, 2, 3)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] == pytest.approx(sum(passes) / (TRIALS * len(passes)))
    assert chances[2] == pytest.approx(sum(p == TRIALS for p in passes) / len(passes))


@given(passes, st.integers(1, TRIALS))
def test_a_pass_rate_has_an_interval_between_0_and_1(passes: list[int], k: int) -> None:
    result = pass_hat_k_interval(passes, TRIALS, k)
    assert result.low is not None and result.high is not None and result.estimate is not None
    assert 0 <= result.low <= result.estimate <= result.high <= 1
    assert result.low < result.high


@pytest.mark.parametrize("k", [0, 4])
def test_pass_hat_k_needs_as_many_trials(k: int) -> None:
    with pytest.raises(ValueError, match="not within"):
        pass_hat_k([1, 2], TRIALS, k)


def test_pass_hat_k_of_no_case_is_an_error_and_its_interval_refused() -> None:
    with pytest.raises(ValueError, match="no case"):
        pass_hat_k([], 3, 1)
    assert pass_hat_k_interval([], 3, 1).is_refused


def test_variance_components_are_found_again() -> None:
    random = np.random.default_rng(3)
    cases, k = 40_000, 4
    p = random.beta(4, 2, cases)
    q = np.clip(p + random.normal(0.02, 0.1, cases), 0, 1)
    found = paired_variance_components(
        random.binomial(k, p).tolist(), random.binomial(k, q).tolist(), k
    )
    truth = (np.var(q - p), np.mean(p * (1 - p)), np.mean(q * (1 - q)))
    assert tuple(found) == pytest.approx(truth, abs=0.003)


def test_one_trial_leaves_all_variance_in_the_cases() -> None:
    found = paired_variance_components([0, 1, 1, 0], [1, 1, 0, 0], 1)
    assert found == pytest.approx((2 / 3, 0, 0))


def test_more_trials_cannot_replace_cases() -> None:
    parts = VarianceComponents(0.02, 0.12, 0.12)
    needed = [cases_needed_paired(parts, k, k, 0.05) for k in (1, 4, 1000)]
    assert needed == sorted(needed, reverse=True)
    assert needed[-1] == pytest.approx((1.959964 + 0.841621) ** 2 * 0.02024 / 0.0025, rel=1e-5)


def test_a_detectable_difference_is_detected_as_often_as_promised() -> None:
    random = np.random.default_rng(5)
    truth = mde_paired_cases(0.31, 40)
    samples = random.normal(truth, 0.31, (4000, 40))
    t = samples.mean(axis=1) / (samples.std(axis=1, ddof=1) / np.sqrt(40))
    assert np.mean(np.abs(t) > 2.0226909) == pytest.approx(0.8, abs=0.02)


def test_the_guarded_comparison_covers_near_a_full_pass_rate() -> None:
    random = np.random.default_rng(11)
    hits, rounds, cases = 0, 1500, 30
    for _ in range(rounds):
        p, q = random.beta(40, 2, cases), random.beta(40, 2, cases)
        result = paired_cases_guarded(
            random.binomial(4, p).tolist(), random.binomial(4, q).tolist(), 4
        )
        assert result.low is not None and result.high is not None
        hits += result.low <= 0 <= result.high
    assert hits / rounds >= 0.93
