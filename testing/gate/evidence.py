"""The numbers that decide about a release, taken from a comparison."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from stats.intervals import Interval
from testing.comparing.cases import CaseComparison
from testing.comparing.comparison import Comparison, names
from testing.comparing.looks import Claim
from testing.comparing.outlook import Outlook
from testing.models import Case, GateRules, Run, Suite
from testing.models.rules import OnContradiction

CASES_NAMED = 20


@dataclass(frozen=True)
class Thresholds:
    """What the gate asks of one suite; the values come from `GateRules` and the suite.

    `margin`: the loss of pass rate that may remain possible. `cases_for_an_interval`: below it the
    interval of an equal release is wider than the usual margin (statistics.md §6: ±4.4 to 5 points
    with 100 cases), so only lost cases decide. `most_ungraded`: share of cases that may lack a
    grade. `targeted_share`: share of the cases on changed documents that must pass.
    `least_trials`: a run that asked less often does not count. `critical_tags`: cases with one of
    them are critical. `contradictions`: what an open one makes of the context check.
    """

    margin: float = 0.05
    cases_for_an_interval: int = 100
    most_ungraded: float = 0.1
    targeted_share: float = 0.8
    least_trials: int = 1
    critical_tags: tuple[str, ...] = ()
    contradictions: str = OnContradiction.UNDECIDED.value


@dataclass(frozen=True)
class Evidence:
    """The numbers of one run that decide. Texts name cases for the reader; counts decide.

    `cases` were compared, `ungraded` were not. `lost` and `critical_lost`: the baseline is sure of
    them, the release is not. `critical_failing`: critical cases the release fails in any trial.
    `targeted` and `targeted_passed` count the cases on `documents` the release adds or changes.
    `outlook` tells how many cases or trials would be enough; `claim` whether the difference stands
    out among all the suites of the release. `contradictions` are open ones that the release brings.
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
    claim: Claim | None = None
    documents: tuple[str, ...] = ()
    targeted: int = 0
    targeted_passed: int = 0
    lost_names: str = ""
    critical_names: str = ""
    failing_names: str = ""
    contradictions: int = 0
    contradiction_names: str = ""


def thresholds_of(suite: Suite, rules: GateRules, tags: frozenset[str]) -> Thresholds:
    """What the agent's rules and the suite ask."""
    return Thresholds(
        margin=rules.margin if suite.margin is None else suite.margin,
        cases_for_an_interval=rules.cases_for_an_interval,
        most_ungraded=rules.most_ungraded,
        targeted_share=rules.targeted_share,
        least_trials=rules.least_trials,
        critical_tags=tuple(sorted(tags)),
        contradictions=rules.contradictions,
    )


def standing(comparison: Comparison) -> Comparison:
    """The comparison without the cases that were retired since, and those marked flaky; what a tag
    makes critical counts all the same.
    """
    kept = (
        row
        for row in comparison.cases
        if row.case.status != Case.Status.RETIRED and (row.case.counts_in_gate or row.is_critical)
    )
    return replace(comparison, cases=tuple(kept))


def evidence_of(
    comparison: Comparison, documents: Sequence[str], claim: Claim | None = None
) -> Evidence:
    """The numbers of a comparison that decide; `documents` are the slugs the release changes."""
    complete, lost = comparison.complete, comparison.lost
    critical_lost = [row for row in lost if row.is_critical]
    unsure = critical_failing(comparison)
    targeted = [row for row in complete if row.case.document_slug in documents]
    failing = targeted_failing(comparison, documents)
    return Evidence(
        cases=len(complete),
        ungraded=len(comparison.ungraded),
        critical_ungraded=sum(row.is_critical for row in comparison.ungraded),
        passing=sum(row.candidate.passes_most for row in complete),
        lost=len(lost),
        critical_lost=len(critical_lost),
        critical_failing=len(unsure),
        difference=comparison.difference,
        outlook=comparison.outlook,
        claim=claim,
        documents=tuple(documents),
        targeted=len(targeted),
        targeted_passed=len(targeted) - len(failing),
        lost_names=names(lost),
        critical_names=names(critical_lost or unsure),
        failing_names=names(failing),
    )


def critical_failing(comparison: Comparison) -> list[CaseComparison]:
    """The critical cases the release fails in any trial."""
    unsure = (row for row in comparison.complete if row.candidate.passed < row.candidate.total)
    return [row for row in unsure if row.is_critical]


def targeted_failing(comparison: Comparison, documents: Sequence[str]) -> list[CaseComparison]:
    """The cases on changed documents that fail."""
    targeted = (row for row in comparison.complete if row.case.document_slug in documents)
    return [row for row in targeted if not row.candidate.passes_most]


def cases_behind(
    comparison: Comparison, about: str, documents: Sequence[str]
) -> list[CaseComparison]:
    """The cases a decision rests on; `about` is `Decision.about`."""
    match about:
        case "critical_lost":
            return [row for row in comparison.lost if row.is_critical]
        case "critical_failing":
            return critical_failing(comparison)
        case "critical_ungraded":
            return [row for row in comparison.ungraded if row.is_critical]
        case "targeted_failing":
            return targeted_failing(comparison, documents)
        case "lost" | "ungraded" | "regressed":
            found: list[CaseComparison] = getattr(comparison, about)
            return found
    return []


def named_json(rows: Sequence[CaseComparison]) -> list[dict[str, Any]]:
    """The first of the cases behind a check, as a page or a report names them."""
    return [
        {"case": row.case.pk, "key": row.case.key, "question": row.case.question[:100]}
        | {"outcome": outcome(row)}
        for row in rows[:CASES_NAMED]
    ]


def outcome(row: CaseComparison) -> str:
    """How a case went on both releases: "0 of 3 passed, 3 of 3 on the live release"."""
    graded = "" if row.candidate.is_complete else f", {row.candidate.graded} graded"
    text = f"{row.candidate.passed} of {row.candidate.total} passed{graded}"
    if row.baseline is None:
        return text
    return f"{text}; live: {row.baseline.passed} of {row.baseline.total}"


def numbers_of(
    run: Run, comparison: Comparison, evidence: Evidence, thresholds: Thresholds
) -> dict[str, Any]:
    """The numbers behind a check, as JSON values."""
    plain = asdict(replace(evidence, difference=None, outlook=None))
    del plain["outlook"]
    return plain | {
        "documents": list(evidence.documents),
        "run": run.pk,
        "trials": run.trials,
        "baseline": run.baseline.number if run.baseline else None,
        "candidate_rate": interval_json(comparison.candidate_rate),
        "baseline_rate": interval_json(comparison.baseline_rate),
        "difference": interval_json(comparison.difference),
        "flaky": len(comparison.flaky),
        "fixed": len(comparison.fixed),
        "regressed": len(comparison.regressed),
        "rules": rules_json(thresholds),
    }


def rules_json(thresholds: Thresholds) -> dict[str, Any]:
    """The rules a check was decided by, as they stay on record with it."""
    return asdict(thresholds) | {"critical_tags": list(thresholds.critical_tags)}


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
