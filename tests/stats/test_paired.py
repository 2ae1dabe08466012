"""Two releases on the same cases are compared case by case, without false certainty."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.matched import mcnemar_exact, tango_difference
from stats.paired import (
    clustered_sums,
    paired_cases_guarded,
    paired_cases_t,
    paired_difference,
    paired_means,
    pass_hat_k_interval,
)
from stats.planning import (
    VarianceComponents,
    cases_needed_paired,
    mde_paired_cases,
    paired_variance_components,
    power_paired,
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
    chances = [pass_hat_k_interval(passes, TRIALS, k).limits[0] for k in (1, 2, 3)]
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
        pass_hat_k_interval([1, 2], TRIALS, k)


def test_pass_hat_k_of_no_case_is_refused() -> None:
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


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 40))
def test_one_trial_a_case_is_compared_as_matched_pairs(gained: int, lost: int, same: int) -> None:
    n = gained + lost + same
    baseline = [0] * gained + [1] * lost + [1] * same
    candidate = [1] * gained + [0] * lost + [1] * same
    found = paired_difference(baseline, candidate, 1)
    if n == 0:
        assert found.is_refused
        return
    estimate, low, high = found.limits
    assert -1 <= low <= estimate <= high <= 1 and low < high
    assert estimate == pytest.approx((gained - lost) / n)
    assert found.p == mcnemar_exact(lost, gained).p
    mirrored = tango_difference(lost, gained, n).limits
    assert mirrored == pytest.approx((-estimate, -high, -low), abs=1e-9)


def test_more_gained_and_lost_than_cases_is_an_error() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        tango_difference(3, 3, 5)


@given(runs)
def test_cases_of_which_none_are_related_are_compared_plainly(
    run: tuple[list[int], list[int]],
) -> None:
    alone = list(range(len(run[0])))
    assert paired_difference(*run, TRIALS, alone) == paired_cases_guarded(*run, TRIALS)


def test_related_cases_that_move_together_count_as_few() -> None:
    baseline, candidate = [3, 3, 0, 0] * 15, [3, 0, 3, 0] * 15
    alone = paired_difference(baseline, candidate, 3)
    related = [place // 4 for place in range(60)]
    cancelling = paired_difference(baseline, candidate, 3, related)
    assert cancelling.se is not None and alone.se is not None and cancelling.se >= alone.se
    together = paired_difference(sorted(baseline), sorted(candidate), 3, related)
    assert together.n == 60 and "15 groups" in together.method
    moved = [3] * 16 + [0] * 44
    clustered = paired_difference([3] * 60, moved, 3, related)
    plain = paired_difference([3] * 60, moved, 3)
    assert clustered.se is not None and plain.se is not None
    assert clustered.se == pytest.approx(2 * plain.se, rel=0.05)
    assert clustered.df == 14


def test_related_cases_of_one_group_are_refused() -> None:
    found = paired_difference([3, 3], [0, 3], 3, ["a", "a"])
    assert found.is_refused and "all cases are related" in found.reason


def test_sums_of_clusters_keep_their_order() -> None:
    assert clustered_sums([1.0, 2.0, 3.0], ["b", "a", "b"]) == [4.0, 2.0]


def test_the_guarded_p_says_what_its_interval_says() -> None:
    for lost in range(1, 10):
        found = paired_cases_guarded([3] * 40, [0] * lost + [3] * (40 - lost), 3)
        assert found.high is not None and found.p is not None
        assert (found.high < 0) == (found.p < 0.05)


def test_amounts_are_compared_case_by_case() -> None:
    found = paired_means([1.0, 2.0, 3.0], [1.5, 2.7, 3.3])
    assert found.estimate == pytest.approx(0.5) and found.n == 3
    assert paired_means([1.0, 1.0], [1.0, 1.0]).is_refused
    assert paired_means([], []).is_refused


def test_power_is_the_number_of_cases_turned_round() -> None:
    parts = VarianceComponents(0.02, 0.12, 0.12)
    needed = cases_needed_paired(parts, 4, 4, 0.05)
    assert power_paired(parts, round(needed), 4, 0.05) == pytest.approx(0.8, abs=0.001)
    assert power_paired(VarianceComponents(0, 0, 0), 10, 1, 0.05) == 1
