"""The two releases of a run side by side: the case is the unit, and luck is not a difference."""

import json
from pathlib import Path
from typing import Any

import pytest

from context.models import Agent
from testing.cases.suites import suite_of
from testing.comparing.cases import CaseComparison, Trials, related_by
from testing.comparing.comparison import Comparison, compare, difference_sentence
from testing.comparing.looks import Claim, claims
from testing.models import Case, Result, Run
from testing.runs.runner import start_run
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_content,
    make_live_release,
)


def row(candidate: int, baseline: int | None, total: int = 3, **case: Any) -> CaseComparison:
    fields = {"graded": total, "total": total}
    base = None if baseline is None else Trials(baseline, **fields)
    return CaseComparison(Case(question="How?", **case), Trials(candidate, **fields), base)


def many(*pairs: tuple[int, int], trials: int = 4) -> Comparison:
    """A comparison of (baseline, candidate) passes."""
    return Comparison(trials, True, tuple(row(c, b, trials) for b, c in pairs))


def test_a_change_is_told_by_the_trials_that_pass() -> None:
    assert row(1, 3).change == "regressed"
    assert row(3, 2).change == "fixed"
    assert row(2, 2).change == "same"
    assert row(2, None).change == "same"


def test_a_case_with_an_ungraded_trial_is_compared_on_neither_side() -> None:
    half = CaseComparison(Case(question="How?"), Trials(2, 2, 3), Trials(3, 3, 3))
    assert half.change == "ungraded" and not half.is_lost
    comparison = Comparison(3, True, (half, row(3, 3), row(3, 3)))
    assert comparison.candidate_passes == [3, 3] and comparison.ungraded == [half]
    assert comparison.difference is not None and comparison.difference.n == 2


def test_lost_means_that_the_baseline_is_sure_and_the_release_is_not() -> None:
    assert row(1, 3).is_lost and not row(2, 3).is_lost
    assert not row(0, 2).is_lost
    assert row(2, 3, critical=True).is_lost
    assert not row(0, None).is_lost


def test_flaky_means_that_one_release_passed_and_failed() -> None:
    assert row(1, 3).is_flaky and row(3, 1).is_flaky
    assert not row(0, 3).is_flaky and not row(3, None).is_flaky


def test_the_difference_is_the_published_guarded_one() -> None:
    vectors = json.loads((Path(__file__).parent.parent / "stats" / "vectors.json").read_text())
    rows = vectors["vectors"] if isinstance(vectors, dict) else vectors
    [vector] = [one for one in rows if one["id"] == "paired_cases_guarded-1"]
    given, expected = vector["inputs"], vector["expected"]
    pairs = zip(given["passes_baseline"], given["passes_candidate"], strict=True)
    found = many(*pairs, trials=given["k"]).difference
    assert found is not None
    assert (found.estimate, found.low, found.high) == pytest.approx(
        (expected["diff"], expected["low"], expected["high"]), abs=1e-6
    )


def test_no_differing_case_is_not_certainty() -> None:
    found = many(*[(4, 4)] * 20).difference
    assert found is not None and found.low is not None and found.high is not None
    assert found.low < 0 < found.high


def test_all_trials_passing_is_estimated_without_bias() -> None:
    comparison = many((4, 2), (4, 4), (4, 0))
    found = comparison.pass_hat_k(comparison.candidate_passes)[2]
    assert found.estimate == pytest.approx(7 / 18) and not found.is_refused
    assert comparison.pass_hat_k([]) == {}


def test_rates_are_refused_without_cases() -> None:
    empty = Comparison(3, True, ())
    assert empty.candidate_rate.is_refused
    assert empty.difference is not None and empty.difference.is_refused
    assert "No difference can be told" in difference_sentence(empty.difference, 0.05)


def test_a_clear_difference_is_said_with_its_interval() -> None:
    better = many(*[(0, 4), (1, 4), (0, 3), (4, 4)] * 10).difference
    sentence = difference_sentence(better, 0.05)
    assert sentence.startswith("The release passes 62.5 points more (95 % interval +")
    assert sentence.endswith("40 cases).")
    worse = many(*[(4, 0), (4, 1), (3, 0), (4, 4)] * 10).difference
    assert "62.5 points fewer" in difference_sentence(worse, 0.05)


def test_an_unclear_difference_says_what_could_have_been_seen_and_what_is_needed() -> None:
    found = many(*[(4, 3), (3, 4), (4, 4)] * 10)
    sentence = difference_sentence(found.difference, 0.05, found.outlook)
    assert sentence.startswith("No clear difference: 0.0 points (95 % interval −")
    assert "A true difference of 11." in sentence and "needs about" in sentence
    assert "one of 5.0 points with 26 % probability" in sentence


def test_it_says_whether_more_trials_or_more_cases_would_help() -> None:
    chance = many(*[(4, 2), (2, 4), (3, 1), (1, 3)] * 10)
    assert chance.outlook is not None and chance.outlook.advice(0.05).endswith(
        "with 8 trials a case."
    )
    steady = many(*[(4, 0), (0, 4), (4, 4), (0, 0)] * 10)
    assert steady.outlook is not None
    assert "More trials would hardly help" in steady.outlook.advice(0.05)
    single = many(*[(1, 0), (0, 1), (1, 1)] * 10, trials=1)
    assert single.outlook is not None and "One trial a case" in single.outlook.advice(0.05)
    assert many((4, 4)).outlook is None


def test_one_trial_a_case_is_decided_by_the_exact_test() -> None:
    found = many(*[(1, 0)] * 6, *[(1, 1)] * 60, trials=1)
    assert found.difference is not None and found.difference.p == pytest.approx(0.03125)
    close = many(*[(1, 0)] * 5, *[(1, 1)] * 60, trials=1)
    assert close.difference is not None and close.difference.high is not None
    assert close.difference.high < 0
    alone = Claim(close.difference.p or 0, close.difference.p or 0, 1)
    sentence = difference_sentence(close.difference, 0.05, close.outlook, alone)
    assert sentence.startswith("No clear difference")
    assert "The exact test does not find it clear (p = 0.062)." in sentence


def test_a_difference_that_is_clear_alone_may_not_be_among_several_suites() -> None:
    found = many(*[(4, 2), (4, 3), (4, 4), (4, 4)] * 10).difference
    assert found is not None and found.p is not None
    among = claims({"this": 0.03, "other": 0.4, "third": None})
    assert among["this"] == Claim(0.03, 0.06, 2) and "third" not in among
    sentence = difference_sentence(found, 0.05, claim=among["this"])
    assert sentence.startswith("No clear difference")
    assert "one of 2 suites of this release: adjusted p = 0.060 (Holm)" in sentence
    assert "points fewer" in difference_sentence(found, 0.05, claim=Claim(0.01, 0.02, 2))


def test_related_cases_count_together() -> None:
    rows = [row(c, b, 4, document_slug="returns") for b, c in [(4, 0), (4, 0), (4, 1)]]
    rows += [row(4, 4, 4) for _ in range(20)]
    clustered = Comparison(4, True, tuple(rows)).difference
    alone = many(*[(4, 0), (4, 0), (4, 1)], *[(4, 4)] * 20).difference
    assert clustered is not None and alone is not None
    assert clustered.method == "clustered t, 21 groups of related cases"
    assert (clustered.se or 0) > (alone.se or 0)


def test_what_makes_cases_related() -> None:
    assert related_by(Case(question="How?")) is None
    assert related_by(Case(tags=["vip", "same:sizes"], document_slug="x")) == "same:sizes"
    assert related_by(Case(document_slug="returns", conversation_id=7)) == "document_slug:returns"
    assert related_by(Case(conversation_id=7)) == "conversation_id:7"


@pytest.fixture
def run(db: None) -> Run:
    """Two cases, two trials on two releases, nothing worked yet."""
    agent: Agent = make_agent()
    live = make_live_release(agent)
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent, "How do I return it?")
    make_case(agent, "How do I wash it?")
    suite = suite_of(agent, "regression", NOW)
    return start_run(suite, candidate, at=NOW, baseline=live, trials=2)


def test_a_run_is_compared_in_three_queries(run: Run, django_assert_num_queries: Any) -> None:
    first, second = run.suite.approved_cases()
    graded = {"state": "done", "passed": True}
    Result.objects.filter(case=first).update(**graded)
    Result.objects.filter(case=second, release=run.release).update(**graded)
    Result.objects.filter(case=second, release=run.baseline).update(**graded | {"passed": False})
    Result.objects.filter(case=second, release=run.baseline, trial=2).update(
        state="failed", passed=None
    )
    with django_assert_num_queries(3):
        comparison = compare(run)
    assert [one.case for one in comparison.complete] == [first]
    [half] = comparison.ungraded
    assert half.candidate == Trials(2, 2, 2) and half.baseline == Trials(0, 1, 2)


def test_what_is_not_worked_yet_counts_as_ungraded(run: Run) -> None:
    assert len(compare(run).ungraded) == 2
