"""The numbers that decide about a release, taken from a comparison."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from stats.intervals import Interval
from testing.comparison import Comparison, names
from testing.models import Case, Run
from testing.outlook import Outlook

CASES_FOR_AN_INTERVAL = 100
MOST_UNGRADED = 0.1
TARGETED_SHARE = 0.8


@dataclass(frozen=True)
class Thresholds:
    """What the gate asks for.

    `margin`: the loss of pass rate that may remain possible. `cases_for_an_interval`: below it the
    interval of an equal release is wider than the usual margin (statistics.md §6: ±4.4 to 5 points
    with 100 cases), so only lost cases decide. `most_ungraded`: share of cases that may lack a
    grade. `targeted_share`: share of the cases on changed documents that must pass.
    """

    margin: float = 0.05
    cases_for_an_interval: int = CASES_FOR_AN_INTERVAL
    most_ungraded: float = MOST_UNGRADED
    targeted_share: float = TARGETED_SHARE


@dataclass(frozen=True)
class Evidence:
    """The numbers of one run that decide. Texts name cases for the reader; counts decide.

    `cases` were compared, `ungraded` were not. `lost` and `critical_lost`: the baseline is sure of
    them, the release is not. `critical_failing`: critical cases the release fails in any trial.
    `targeted` and `targeted_passed` count the cases on documents the release adds or changes.
    """

    cases: int = 0
    ungraded: int = 0
    critical_ungraded: int = 0
    passing: int = 0
    lost: int = 0
    critical_lost: int = 0
    critical_failing: int = 0
    difference: Interval | None = None
    outlook: Outlook | None = None
    documents: int = 0
    targeted: int = 0
    targeted_passed: int = 0
    lost_names: str = ""
    critical_names: str = ""
    failing_names: str = ""


def standing(comparison: Comparison) -> Comparison:
    """The comparison without the cases that were retired since, and those marked flaky."""
    kept = (
        row
        for row in comparison.cases
        if row.case.status != Case.Status.RETIRED and row.case.counts_in_gate
    )
    return replace(comparison, cases=tuple(kept))


def evidence_of(comparison: Comparison, documents: Sequence[str]) -> Evidence:
    """The numbers of a comparison that decide; `documents` are the slugs the release changes."""
    complete, lost = comparison.complete, comparison.lost
    critical_lost = [row for row in lost if row.case.critical]
    unsure = [
        row for row in complete if row.case.critical and row.candidate.passed < row.candidate.total
    ]
    targeted = [row for row in complete if row.case.document_slug in documents]
    failing = [row for row in targeted if not row.candidate.passes_most]
    return Evidence(
        cases=len(complete),
        ungraded=len(comparison.ungraded),
        critical_ungraded=sum(row.case.critical for row in comparison.ungraded),
        passing=sum(row.candidate.passes_most for row in complete),
        lost=len(lost),
        critical_lost=len(critical_lost),
        critical_failing=len(unsure),
        difference=comparison.difference,
        outlook=comparison.outlook,
        documents=len(documents),
        targeted=len(targeted),
        targeted_passed=len(targeted) - len(failing),
        lost_names=names(lost),
        critical_names=names(critical_lost or unsure),
        failing_names=names(failing),
    )


def numbers_of(
    run: Run, comparison: Comparison, evidence: Evidence, thresholds: Thresholds
) -> dict[str, Any]:
    """The numbers behind a check, as JSON values."""
    plain = asdict(replace(evidence, difference=None, outlook=None))
    del plain["outlook"]
    return plain | {
        "run": run.pk,
        "trials": run.trials,
        "baseline": run.baseline.number if run.baseline else None,
        "candidate_rate": interval_json(comparison.candidate_rate),
        "baseline_rate": interval_json(comparison.baseline_rate),
        "difference": interval_json(comparison.difference),
        "flaky": len(comparison.flaky),
        "fixed": len(comparison.fixed),
        "regressed": len(comparison.regressed),
        "thresholds": asdict(thresholds),
    }


def interval_json(interval: Interval | None) -> dict[str, Any] | None:
    """An interval as it goes out over REST and into a check's numbers."""
    if interval is None:
        return None
    return {
        "value": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "n": interval.n,
        "p": interval.p,
        "method": interval.method,
        "reason": interval.reason,
    }
