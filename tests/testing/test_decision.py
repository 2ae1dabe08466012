"""The gate's decision is pure: numbers in, a status and a plain sentence out."""

import pytest

from context.models import Check
from stats.intervals import Interval
from stats.planning import VarianceComponents
from testing.comparing.looks import Claim
from testing.comparing.outlook import Outlook
from testing.gate.decisions import decide
from testing.gate.evidence import Evidence, Thresholds

T = Thresholds()
Status = Check.Status


def difference(low: float, estimate: float, high: float, n: int = 200) -> Interval:
    return Interval(estimate, low, high, n, "paired t", se=(high - low) / 4, df=n - 1)


def evidence(cases: int = 200, **fields: object) -> Evidence:
    fields.setdefault("difference", difference(-0.03, 0.0, 0.03))
    fields.setdefault("passing", cases)
    return Evidence(cases=cases, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["regression", "questions"])
def test_without_cases_there_is_nothing_to_lose(kind: str) -> None:
    decision = decide(kind, Evidence(), T)
    assert decision.status == Status.PASSED
    assert "yet: there is nothing to lose" in decision.summary


def test_a_lost_critical_case_fails_however_good_the_rest() -> None:
    found = evidence(
        difference=difference(0.1, 0.2, 0.3), critical_lost=1, lost=1, critical_names="“Allergy?”"
    )
    decision = decide("regression", found, T)
    assert decision.status == Status.FAILED
    assert decision.summary == "1 critical case lost: “Allergy?”."


def test_many_ungraded_cases_leave_it_undecided() -> None:
    decision = decide("regression", evidence(cases=89, ungraded=11), T)
    assert decision.status == Status.UNDECIDED
    assert decision.summary.startswith("11 of 100 cases could not be graded")
    assert decide("regression", evidence(cases=90, ungraded=10), T).status == Status.PASSED


def test_one_ungraded_critical_case_leaves_it_undecided() -> None:
    decision = decide("regression", evidence(ungraded=1, critical_ungraded=1), T)
    assert decision.status == Status.UNDECIDED and "critical" in decision.summary


def test_few_cases_pass_only_when_none_is_lost() -> None:
    wide = difference(-0.2, 0.0, 0.2, n=20)
    kept = decide("regression", evidence(cases=20, passing=17, difference=wide), T)
    assert kept.status == Status.PASSED
    assert kept.summary.startswith("No case lost: 17 of 20 passed. With fewer than 100 cases")
    lost = evidence(cases=20, difference=wide, lost=1, lost_names="“Return?”")
    decision = decide("regression", lost, T)
    assert decision.status == Status.FAILED
    assert decision.summary == "1 of 20 cases lost: “Return?”."


def test_with_many_cases_the_interval_decides_and_single_losses_do_not() -> None:
    tolerable = evidence(difference=difference(-0.04, -0.01, 0.02), lost=3)
    assert decide("regression", tolerable, T).status == Status.PASSED
    worse = evidence(difference=difference(-0.12, -0.08, -0.04))
    assert decide("regression", worse, T).status == Status.FAILED
    outlook = Outlook(VarianceComponents(0.25, 0.0, 0.0), 200, 3)
    doubtful = evidence(difference=difference(-0.08, -0.01, 0.06), outlook=outlook)
    unclear = decide("regression", doubtful, T)
    assert unclear.status == Status.UNDECIDED
    assert "Not enough evidence that at most 5.0 points are lost" in unclear.summary
    assert "needs about" in unclear.summary


@pytest.mark.parametrize(("margin", "status"), [(0.02, Status.UNDECIDED), (0.05, Status.PASSED)])
def test_the_margin_is_configuration(margin: float, status: Check.Status) -> None:
    assert decide("regression", evidence(), Thresholds(margin=margin)).status == status


def test_a_loss_of_exactly_the_margin_is_not_excluded() -> None:
    found = evidence(difference=difference(-0.05, 0.0, 0.05))
    assert decide("regression", found, T).status == Status.UNDECIDED


def test_the_first_release_has_to_pass_its_critical_cases() -> None:
    found = evidence(cases=10, passing=7, difference=None)
    decision = decide("regression", found, T)
    assert decision.status == Status.PASSED
    assert decision.summary == "Nothing is live to compare with; 7 of 10 cases passed."
    failing = evidence(cases=10, difference=None, critical_failing=1, critical_names="“x”")
    assert decide("regression", failing, T).status == Status.FAILED


def test_a_critical_case_that_fails_on_both_is_not_lost() -> None:
    assert decide("regression", evidence(critical_failing=1), T).status == Status.PASSED


def test_a_release_without_changed_documents_has_no_context_to_test() -> None:
    assert decide("context", Evidence(), T).status == Status.PASSED


def test_changed_documents_without_cases_stay_undecided() -> None:
    decision = decide("context", Evidence(documents=("a", "b")), T)
    assert decision.status == Status.UNDECIDED
    assert decision.summary == "No approved case asks for what changes in 2 documents."


@pytest.mark.parametrize(
    ("passed", "lost", "status"),
    [(4, 0, Status.PASSED), (3, 0, Status.FAILED), (5, 1, Status.FAILED), (5, 0, Status.PASSED)],
)
def test_cases_on_changed_documents_pass_and_no_other_is_lost(
    passed: int, lost: int, status: Check.Status
) -> None:
    found = evidence(cases=8, documents=("a",), targeted=5, targeted_passed=passed, lost=lost)
    assert decide("context", found, T).status == status


def test_the_same_numbers_give_the_same_decision() -> None:
    found = evidence(difference=difference(-0.08, -0.01, 0.06))
    assert decide("regression", found, T) == decide("regression", found, T)


def test_a_loss_that_is_not_clear_among_all_suites_is_no_failure() -> None:
    lost = difference(-0.12, -0.07, -0.02)
    alone = decide("regression", evidence(difference=lost, claim=Claim(0.01, 0.01, 1)), T)
    assert alone.status == Status.FAILED
    one_of_six = decide("regression", evidence(difference=lost, claim=Claim(0.01, 0.06, 6)), T)
    assert one_of_six.status == Status.UNDECIDED
    assert "one of 6 suites of this release: adjusted p = 0.060 (Holm)" in one_of_six.summary


def test_an_undecided_check_says_how_many_cases_or_trials_would_decide() -> None:
    unclear = difference(-0.08, -0.01, 0.06)
    noisy = Outlook(VarianceComponents(0.01, 0.1, 0.1), 200, 3)
    decision = decide("regression", evidence(difference=unclear, outlook=noisy), T)
    assert decision.status == Status.UNDECIDED and decision.about == "regressed"
    needed = noisy.needed(0.05) - 200
    assert decision.advice.startswith(f"It needs about {needed} more cases or 1 more trial of each")
    steady = Outlook(VarianceComponents(0.1, 0.0, 0.0), 200, 3)
    decision = decide("regression", evidence(difference=unclear, outlook=steady), T)
    assert "more cases, if the release is as good as the live one" in decision.advice
    large = Outlook(VarianceComponents(0.01, 0.0, 0.0), 200, 3)
    decision = decide("regression", evidence(difference=unclear, outlook=large), T)
    assert decision.advice.startswith("The suite is large enough")
