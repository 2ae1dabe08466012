"""The rule by which a judge gates or is suspended."""

import pytest

from reviews.agreement.trust import Asked, Measured, State, decide
from stats.intervals import Interval

ASKED = Asked(labels=100, sensitivity=0.6, specificity=0.8)


def rate(low: float, estimate: float, high: float) -> Interval:
    return Interval(estimate, low, high, 50, "test")


def measured(sensitivity: Interval, labels: int = 200, **given: Interval) -> Measured:
    return Measured(labels, sensitivity, given.get("specificity", rate(0.9, 0.94, 0.97)))


FEW = Interval.refused("insufficient data: 4 human-found failures, 10 are needed", 4, "test")
WEAK, DOUBTFUL, GOOD = rate(0.38, 0.45, 0.52), rate(0.45, 0.55, 0.7), rate(0.55, 0.7, 0.8)


def test_a_judge_surely_below_what_is_asked_is_suspended() -> None:
    state, reason = decide(measured(WEAK), ASKED, was_suspended=False)
    assert (state, reason) == (State.SUSPENDED, "it finds 38–52 % of failures, 60 % are asked")


def test_false_alarms_suspend_it_too() -> None:
    alarms = measured(GOOD, specificity=rate(0.5, 0.6, 0.7))
    assert decide(alarms, ASKED, was_suspended=False) == (
        State.SUSPENDED, "it lets 50–70 % of passes pass, 80 % are asked",
    )  # fmt: skip


def test_the_sentence_gives_both_rates_as_ranges_of_whole_percents() -> None:
    sure = measured(GOOD, specificity=rate(0.997, 1.0, 1.0))
    assert decide(sure, ASKED, was_suspended=False).reason == (
        "it finds 55–80 % of failures, 60 % are asked; it lets 100 % of passes pass, 80 % are asked"
    )


@pytest.mark.parametrize("found", [DOUBTFUL, GOOD])
def test_a_wide_interval_suspends_nobody(found: Interval) -> None:
    assert decide(measured(found), ASKED, was_suspended=False).state == State.TRUSTED


def test_too_few_labels_and_too_few_failures_are_not_yet_known() -> None:
    few = decide(measured(WEAK, labels=99), ASKED, was_suspended=False)
    assert few == (State.UNMEASURED, "99 of 100 labels are there")
    none = decide(measured(FEW), ASKED, was_suspended=False)
    said = "among 200 labels are 4 human-found failures, 10 are needed"
    assert none == (State.UNMEASURED, said)


@pytest.mark.parametrize("found", [measured(GOOD, labels=20), measured(FEW), measured(DOUBTFUL)])
def test_once_suspended_it_stays_so_until_it_is_measured_well(found: Measured) -> None:
    assert decide(found, ASKED, was_suspended=True).state == State.SUSPENDED
    assert decide(measured(GOOD), ASKED, was_suspended=True).state == State.TRUSTED


def test_a_rate_that_is_not_asked_for_need_not_be_known() -> None:
    nothing = Asked(labels=100, sensitivity=0, specificity=0.8)
    assert decide(measured(FEW), nothing, was_suspended=False).state == State.TRUSTED
    assert decide(measured(WEAK), nothing, was_suspended=True).state == State.TRUSTED
