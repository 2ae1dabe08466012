"""Agreement is weighted for how conversations were drawn, and refused where little was found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.agreement import cohen_kappa, gwet_ac1, judge_error, weighted_confusion
from stats.krippendorff import alpha_of_doubles, krippendorff_alpha
from stats.strata import Stratum

tables = st.lists(st.integers(0, 60), min_size=4, max_size=4).map(lambda c: [c[:2], c[2:]])


def test_the_weighted_table_counts_every_reviewed_stratum_in_full() -> None:
    table = weighted_confusion([Stratum(100, 20, 5)], [Stratum(900, 10, 1), Stratum(50, 0, 0)])
    assert table == pytest.approx((25, 75, 90, 810))
    assert table.agreement == pytest.approx(0.835)


def test_agreement_of_nothing_is_unknown() -> None:
    table = weighted_confusion([], [])
    assert table.agreement is None and table.kappa is None


def test_a_rate_is_refused_below_ten_human_found_failures() -> None:
    error = judge_error([Stratum(100, 20, 8)], [Stratum(900, 40, 1)])
    assert error.sensitivity.is_refused and "9 human-found failures" in error.sensitivity.reason
    assert not error.specificity.is_refused
    assert not judge_error([Stratum(100, 20, 9)], [Stratum(900, 40, 1)]).sensitivity.is_refused


def test_a_judge_that_never_failed_anything_read_is_not_surely_blind() -> None:
    found = judge_error([], [Stratum(900, 60, 12)]).sensitivity
    assert found.estimate == found.low == 0
    assert found.high is not None and 0.01 < found.high < 0.3
    never_passed = judge_error([Stratum(900, 60, 12)], []).specificity
    assert never_passed.high is not None and 0 < never_passed.high < 0.1


def test_the_judges_error_is_the_same_every_time_it_is_asked() -> None:
    strata = [Stratum(1850, 100, 28)], [Stratum(12150, 110, 2)]
    assert judge_error(*strata) == judge_error(*strata)


def test_the_judges_sensitivity_is_covered() -> None:
    """Misses are drawn rarely, so an unweighted sensitivity would read far too high."""
    random = np.random.default_rng(4)
    hits, rounds = 0, 400
    truth = 1850 * 0.3 / (1850 * 0.3 + 12150 * 0.02)
    for _ in range(rounds):
        fail = Stratum(1850, 100, int(random.binomial(100, 0.3)))
        ok = Stratum(12150, 110, int(random.binomial(110, 0.02)))
        found = judge_error([fail], [ok]).sensitivity
        assert found.low is not None and found.high is not None and found.estimate is not None
        assert 0 <= found.low <= found.estimate <= found.high <= 1
        hits += found.low <= truth <= found.high
    assert hits / rounds >= 0.93


@given(tables)
def test_agreement_lies_within_its_limits(table: list[list[int]]) -> None:
    for result in (cohen_kappa(table), gwet_ac1(table)):
        if not result.is_refused:
            assert result.low is not None and result.high is not None
            assert result.estimate is not None
            assert -1 <= result.low <= result.estimate <= result.high <= 1


@given(tables)
def test_agreement_does_not_depend_on_who_is_named_first(table: list[list[int]]) -> None:
    turned = [list(row) for row in zip(*table, strict=True)]
    for measure in (cohen_kappa, gwet_ac1):
        one, two = measure(table), measure(turned)
        assert one.estimate == pytest.approx(two.estimate, abs=1e-12)
        assert one.se == pytest.approx(two.se, abs=1e-9)


def test_full_agreement_has_an_estimate_and_no_limits() -> None:
    for result in (cohen_kappa([[5, 0], [0, 20]]), gwet_ac1([[5, 0], [0, 20]])):
        assert result.estimate == 1 and result.is_refused and result.reason


def test_one_answer_only_leaves_kappa_undefined_and_ac1_at_one() -> None:
    assert cohen_kappa([[0, 0], [0, 30]]).estimate is None
    assert gwet_ac1([[0, 0], [0, 30]]).estimate == 1


def test_rare_failures_pull_kappa_down_and_leave_ac1() -> None:
    table = [[1, 3], [3, 193]]
    kappa, ac1 = cohen_kappa(table).estimate, gwet_ac1(table).estimate
    assert kappa is not None and ac1 is not None
    assert kappa < 0.3 and ac1 > 0.95


def test_nothing_rated_twice_is_refused() -> None:
    assert cohen_kappa([[0, 0], [0, 0]]).is_refused
    assert gwet_ac1([[0, 0], [0, 0]]).is_refused


def doubles(both_fail: int, differ: int, both_pass: int) -> list[tuple[str, str]]:
    return (
        [("fail", "fail")] * both_fail
        + [("fail", "pass")] * differ
        + [("pass", "pass")] * both_pass
    )


def test_full_agreement_of_people_has_limits_because_few_were_asked() -> None:
    few, many = alpha_of_doubles(doubles(3, 0, 9)), alpha_of_doubles(doubles(30, 0, 90))
    assert few.estimate == few.high == many.estimate == 1
    assert few.low is not None and many.low is not None
    assert 0.3 < few.low < many.low < 1


def test_a_single_disagreement_on_rare_failures_does_not_condemn_the_question() -> None:
    found = alpha_of_doubles(doubles(0, 1, 59))
    assert found.estimate is not None and found.estimate < 0.1
    assert found.high is not None and found.high > 0.667


def test_people_who_disagree_often_are_surely_below_the_threshold() -> None:
    found = alpha_of_doubles(doubles(10, 20, 30))
    assert found.high is not None and found.high < 0.667


def test_alpha_is_refused_for_few_doubles_and_for_a_single_answer() -> None:
    assert alpha_of_doubles(doubles(2, 1, 6)).reason == "9 read by two people, 10 are needed"
    assert alpha_of_doubles(doubles(0, 0, 30)).reason == "only one answer was ever given"
    assert alpha_of_doubles([]).is_refused


def test_the_interval_of_alpha_covers_the_truth() -> None:
    """At 20 % failures and a true alpha of .667, with 40 doubles."""
    random = np.random.default_rng(5)
    differ = (1 - 0.667) * 2 * 0.2 * 0.8
    cells = [0.2 - differ / 2, differ, 0.8 - differ / 2]
    hits, rounds = 0, 300
    for _ in range(rounds):
        found = alpha_of_doubles(doubles(*random.multinomial(40, cells)))
        assert found.low is not None and found.high is not None
        hits += found.low <= 0.667 <= found.high
    assert hits / rounds >= 0.92


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30))
def test_alpha_does_not_depend_on_who_rated_first(pairs: list[tuple[int, int]]) -> None:
    one, other = zip(*pairs, strict=True)
    for level in ("nominal", "ordinal", "interval"):
        first, turned = (
            krippendorff_alpha([one, other], level),
            krippendorff_alpha([other, one], level),
        )
        assert (first is None) == (turned is None)
        if first is not None:
            assert first == pytest.approx(turned) and first <= 1


def test_alpha_of_nothing_rated_twice_is_unknown() -> None:
    assert krippendorff_alpha([]) is None
    assert krippendorff_alpha([[1, None, 2], [None, 1, None]]) is None
