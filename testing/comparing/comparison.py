"""What a run says: the release beside the baseline, case by case and as one paired difference.

The case is the unit (statistics.md §6): trials of one case are alike, so k trials of a case count
once, and related cases count together. Only cases with every trial graded enter the rates; the
others are listed as ungraded.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Q

from stats.intervals import Interval
from stats.paired import paired_difference, pass_hat_k_interval
from testing.comparing.cases import CaseComparison, Trials, related_by
from testing.comparing.looks import Claim, is_clear
from testing.comparing.outlook import Outlook
from testing.models import Case, Run
from testing.models.rules import critical_tags

_COLUMNS = """
id key question critical status topic document_slug conversation_id cluster_id tags flaky_reason
"""
SHOWN = _COLUMNS.split()


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

    def pass_hat_k(self, passes: list[int]) -> dict[int, Interval]:
        """The chance that all of k trials pass, for k = 1 to the number of trials."""
        if not passes:
            return {}
        return {k: pass_hat_k_interval(passes, self.trials, k) for k in range(1, self.trials + 1)}

    @cached_property
    def chances(self) -> list[tuple[int, Interval, Interval | None]]:
        """k, and the chance that all of k trials pass on the release and on the baseline."""
        ours, theirs = (
            self.pass_hat_k(passes) for passes in (self.candidate_passes, self.baseline_passes)
        )
        return [(k, chance, theirs.get(k)) for k, chance in ours.items()]

    @cached_property
    def related(self) -> list[str | int]:
        """What each complete case shares with others; its place in the list where it is alone."""
        return [related_by(row.case) or place for place, row in enumerate(self.complete)]

    @cached_property
    def difference(self) -> Interval | None:
        """Pass rate of the release minus that of the baseline, paired by case; None without one."""
        if not self.has_baseline:
            return None
        passes = self.baseline_passes, self.candidate_passes
        return paired_difference(*passes, self.trials, self.related)

    @cached_property
    def outlook(self) -> Outlook | None:
        """What the comparison could have shown; None where nothing can be told."""
        if self.difference is None:
            return None
        passes = self.baseline_passes, self.candidate_passes
        return Outlook.of(*passes, self.trials, self.difference)


def compare(run: Run) -> Comparison:
    """Compare the results a run has so far; three queries, no answer is loaded."""
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
    cases = (
        Case.objects.defer("recording").filter(pk__in={case for case, _ in sides}).order_by("id")
    )
    none, tags = Trials(0, 0, 0), critical_tags(run.suite.agent)
    rows = tuple(
        CaseComparison(
            case,
            sides.get((case.pk, run.release_id), none),
            sides.get((case.pk, run.baseline_id), none) if run.baseline_id else None,
            tags,
        )
        for case in cases.only(*SHOWN)
    )
    return Comparison(run.trials, run.baseline_id is not None, rows)


def points(value: float) -> str:
    """A difference of rates in points with its sign: +4.2."""
    text = f"{100 * value:+.1f}".replace("-", "−")
    return text[1:] if text[1:] == "0.0" else text


def counted(count: int, noun: str = "case") -> str:
    """A number with its noun: "1 case", "2 cases"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def difference_sentence(
    difference: Interval | None,
    margin: float,
    outlook: Outlook | None = None,
    claim: Claim | None = None,
) -> str:
    """The paired difference in words, also when nothing can be told.

    An unclear difference says how large one would have to be to be seen (80 % power), how likely
    one of the margin would have been seen, and how many cases it needs. With a `claim`, a
    difference counts as clear only if it is among all the comparisons made for the release.
    """
    if difference is None:
        return "There is no baseline to compare with."
    if difference.low is None or difference.high is None or difference.estimate is None:
        return f"No difference can be told: {difference.reason}."
    interval = f"{points(difference.low)} to {points(difference.high)}, {counted(difference.n)}"
    if is_clear(difference, claim):
        word = "more" if difference.estimate > 0 else "fewer"
        size = points(abs(difference.estimate)).lstrip("+")
        return f"The release passes {size} points {word} (95 % interval {interval})."
    doubt = f" {claim.doubt}" if is_clear(difference) and claim else ""
    return (
        f"No clear difference: {points(difference.estimate)} points (95 % interval {interval})."
        f"{doubt}{_what_could_be_seen(outlook, margin)}"
    )


def _what_could_be_seen(outlook: Outlook | None, margin: float) -> str:
    """The smallest visible difference, and the cases needed for one of the margin."""
    if outlook is None:
        return ""
    size = f"{100 * margin:.1f} points"
    return (
        f" A true difference of {100 * outlook.smallest:.1f} points or more would mostly have been "
        f"seen; one of {size} with {100 * outlook.power(margin):.0f} % probability. It needs about "
        f"{counted(outlook.needed(margin))}. {outlook.advice(margin)}"
    )


def names(rows: Iterable[CaseComparison], most: int = 3) -> str:
    """The questions of the first few cases, for a sentence."""
    questions = [f"“{row.case.question[:60]}”" for row in rows]
    more = f" and {len(questions) - most} more" if len(questions) > most else ""
    return "; ".join(questions[:most]) + more
