"""What a run says: the release beside the baseline, case by case and as one paired difference.

The case is the unit (statistics.md §6): trials of one case are alike, so k trials of a case count
once. Only cases with every trial graded enter the rates; the others are listed as ungraded.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from math import ceil, sqrt

from django.db.models import Count, Q

from stats.intervals import Interval
from stats.paired import (
    VarianceComponents,
    cases_needed_paired,
    mde_paired_cases,
    paired_cases_guarded,
    pass_hat_k,
    pass_hat_k_interval,
)
from testing.models import Case, Run


@dataclass(frozen=True)
class Trials:
    """How the trials of one case on one release went. Of those that passed and of those that failed
    so many by the opinion of the judge, the others by assertions alone.
    """

    passed: int
    graded: int
    total: int
    passed_by_judge: int = 0
    failed_by_judge: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether every trial was graded."""
        return self.total > 0 and self.graded == self.total

    @property
    def is_flaky(self) -> bool:
        """Whether some graded trials passed and some failed."""
        return 0 < self.passed < self.graded

    @property
    def passes_most(self) -> bool:
        """Whether more than half of the trials passed."""
        return self.passed * 2 > self.total


@dataclass(frozen=True)
class CaseComparison:
    """One case on the release that is tested, and on the baseline if there is one."""

    case: Case
    candidate: Trials
    baseline: Trials | None

    @property
    def is_ungraded(self) -> bool:
        """Whether a trial is missing on either side, so that the case cannot be compared."""
        sides = (self.candidate, self.baseline)
        return not all(side.is_complete for side in sides if side is not None)

    @property
    def is_flaky(self) -> bool:
        """Whether the same release passed and failed it."""
        return self.candidate.is_flaky or (self.baseline is not None and self.baseline.is_flaky)

    @property
    def change(self) -> str:
        """`ungraded`, `regressed` (fewer trials pass than on the baseline), `fixed`, or `same`."""
        if self.is_ungraded:
            return "ungraded"
        if self.baseline is None or self.candidate.passed == self.baseline.passed:
            return "same"
        return "regressed" if self.candidate.passed < self.baseline.passed else "fixed"

    @property
    def is_lost(self) -> bool:
        """Whether the baseline is sure of it and the release is not.

        The baseline passed every trial, and the release fails most of them; for a critical case one
        failed trial is enough.
        """
        if self.is_ungraded or self.baseline is None or self.baseline.passed < self.baseline.total:
            return False
        if self.case.critical:
            return self.candidate.passed < self.candidate.total
        return not self.candidate.passes_most


@dataclass(frozen=True)
class Comparison:
    """All cases of a run, with the rates and the paired difference they amount to."""

    trials: int
    has_baseline: bool
    cases: tuple[CaseComparison, ...]

    def _where(self, holds: Callable[[CaseComparison], bool]) -> list[CaseComparison]:
        return [row for row in self.cases if holds(row)]

    @cached_property
    def complete(self) -> list[CaseComparison]:
        """Cases with every trial graded on every side: these alone enter the numbers."""
        return self._where(lambda row: not row.is_ungraded)

    @cached_property
    def ungraded(self) -> list[CaseComparison]:
        """Cases that cannot be compared, because a trial was not graded."""
        return self._where(lambda row: row.is_ungraded)

    @cached_property
    def flaky(self) -> list[CaseComparison]:
        """Cases that passed and failed on the same release."""
        return self._where(lambda row: row.is_flaky)

    @cached_property
    def fixed(self) -> list[CaseComparison]:
        """Cases of which more trials pass than on the baseline."""
        return self._where(lambda row: row.change == "fixed")

    @cached_property
    def regressed(self) -> list[CaseComparison]:
        """Cases of which fewer trials pass than on the baseline."""
        return self._where(lambda row: row.change == "regressed")

    @cached_property
    def lost(self) -> list[CaseComparison]:
        """Cases the baseline is sure of and the release is not."""
        return self._where(lambda row: row.is_lost)

    @cached_property
    def candidate_passes(self) -> list[int]:
        """Passed trials per complete case on the release."""
        return [row.candidate.passed for row in self.complete]

    @cached_property
    def baseline_passes(self) -> list[int]:
        """Passed trials per complete case on the baseline, in the same order; empty without one."""
        return [row.baseline.passed for row in self.complete if row.baseline is not None]

    @cached_property
    def candidate_rate(self) -> Interval:
        """Pass rate of the release, clustered by case."""
        return pass_hat_k_interval(self.candidate_passes, self.trials, 1)

    @cached_property
    def baseline_rate(self) -> Interval | None:
        """Pass rate of the baseline, clustered by case."""
        if not self.has_baseline:
            return None
        return pass_hat_k_interval(self.baseline_passes, self.trials, 1)

    def pass_hat_k(self, passes: list[int]) -> dict[int, float]:
        """The chance that all of k trials pass, for k = 1 to the number of trials."""
        if not passes:
            return {}
        return {k: pass_hat_k(passes, self.trials, k) for k in range(1, self.trials + 1)}

    @cached_property
    def difference(self) -> Interval | None:
        """Pass rate of the release minus that of the baseline, paired by case; None without one."""
        if not self.has_baseline:
            return None
        return paired_cases_guarded(self.baseline_passes, self.candidate_passes, self.trials)


def compare(run: Run) -> Comparison:
    """Compare the results a run has so far; two queries."""
    counts = (
        run.results.order_by()
        .values_list("case_id", "release_id")
        .annotate(
            passes=Count("pk", Q(passed=True)),
            graded=Count("pk", Q(passed__isnull=False)),
            total=Count("pk"),
            passed_by_judge=Count("pk", Q(passed=True) & ~Q(grade_model="")),
            failed_by_judge=Count("pk", Q(passed=False) & ~Q(grade_model="")),
        )
    )
    sides = {(case, release): Trials(*numbers) for case, release, *numbers in counts}
    cases = Case.objects.filter(pk__in={case for case, _ in sides}).order_by("id")
    none = Trials(0, 0, 0)
    rows = tuple(
        CaseComparison(
            case,
            sides.get((case.pk, run.release_id), none),
            sides.get((case.pk, run.baseline_id), none) if run.baseline_id else None,
        )
        for case in cases
    )
    return Comparison(run.trials, run.baseline_id is not None, rows)


def points(value: float) -> str:
    """A difference of rates in points with its sign: +4.2."""
    text = f"{100 * value:+.1f}".replace("-", "−")
    return text[1:] if text[1:] == "0.0" else text


def counted(count: int, noun: str = "case") -> str:
    """A number with its noun: "1 case", "2 cases"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def difference_sentence(difference: Interval | None, margin: float) -> str:
    """The paired difference in words, also when nothing can be told.

    An unclear difference says how large one would have to be to be seen (80 % power), and how many
    cases a difference of the margin would need.
    """
    if difference is None:
        return "There is no baseline to compare with."
    if difference.low is None or difference.high is None or difference.estimate is None:
        return f"No difference can be told: {difference.reason}."
    interval = f"{points(difference.low)} to {points(difference.high)}, {counted(difference.n)}"
    if difference.low > 0 or difference.high < 0:
        word = "more" if difference.low > 0 else "fewer"
        size = points(abs(difference.estimate)).lstrip("+")
        return f"The release passes {size} points {word} (95 % interval {interval})."
    return (
        f"No clear difference: {points(difference.estimate)} points (95 % interval {interval}). "
        f"{_what_could_be_seen(difference, margin)}"
    )


def _what_could_be_seen(difference: Interval, margin: float) -> str:
    """The smallest visible difference, and the cases needed for one of the margin."""
    if difference.se is None or difference.df is None:
        return ""
    count = round(difference.df) + 1
    deviation = difference.se * sqrt(count)
    smallest = 100 * min(1.0, mde_paired_cases(deviation, count))
    needed = ceil(cases_needed_paired(VarianceComponents(deviation**2, 0, 0), 1, 1, margin))
    return (
        f"A true difference of {smallest:.1f} points or more would mostly have been seen; "
        f"one of {100 * margin:.1f} points needs about {counted(needed)}."
    )


def names(rows: Iterable[CaseComparison], most: int = 3) -> str:
    """The questions of the first few cases, for a sentence."""
    questions = [f"“{row.case.question[:60]}”" for row in rows]
    more = f" and {len(questions) - most} more" if len(questions) > most else ""
    return "; ".join(questions[:most]) + more
