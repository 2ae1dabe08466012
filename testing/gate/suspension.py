"""What a comparison says without the judge's opinion: the best and the worst it could have been.

Assertions in code decide some trials, the judge the others. While the judge is suspended, a
decision holds only if it would be the same whatever the judge had said.
"""

from dataclasses import replace
from typing import Any

from context.models import JudgeStanding
from testing.comparing.cases import CaseComparison, Trials
from testing.comparing.comparison import Comparison


def cases_by_judge(comparison: Comparison) -> int:
    """How many cases have a trial that the judge decided, on either side."""
    return sum(
        any(
            side.passed_by_judge + side.failed_by_judge
            for side in (row.candidate, row.baseline)
            if side
        )
        for row in comparison.cases
    )


def regraded(comparison: Comparison, *, kindly: bool) -> Comparison:
    """The comparison had the judge passed every trial of the release and none of the baseline
    (`kindly`), or the other way round.
    """
    rows = tuple(_regraded_case(row, kindly) for row in comparison.cases)
    return replace(comparison, cases=rows)


def _regraded_case(row: CaseComparison, kindly: bool) -> CaseComparison:
    baseline = _regraded_trials(row.baseline, not kindly) if row.baseline else None
    return replace(row, candidate=_regraded_trials(row.candidate, kindly), baseline=baseline)


def _regraded_trials(side: Trials, pass_all: bool) -> Trials:
    """What assertions decided stays; what the judge decided all passes, or all fails."""
    change = side.failed_by_judge if pass_all else -side.passed_by_judge
    return replace(side, passed=side.passed + change)


def standing_json(standing: JudgeStanding | None) -> dict[str, Any]:
    """The judge's standing among the numbers of a check; nothing where it is unknown."""
    if standing is None:
        return {}
    judge = {"version": standing.judge, "state": standing.state, "reason": standing.reason}
    return {"judge": judge}
