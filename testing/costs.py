"""What the answers of a run cost and how long they took, on both releases and paired by case."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean

from stats.intervals import Interval
from stats.paired import paired_means
from testing.models import Run

Answers = dict[int, list[tuple[float, int]]]  # of a release: dollars and milliseconds by case


@dataclass(frozen=True)
class Side:
    """The answers of one release: how many, what each cost on average, how long they took."""

    trials: int
    mean_usd: float | None
    p50_ms: float | None
    p95_ms: float | None

    @property
    def usd_per_thousand(self) -> float | None:
        """What 1,000 answers cost: one costs a fraction of a cent."""
        return None if self.mean_usd is None else 1000 * self.mean_usd


@dataclass(frozen=True)
class Costs:
    """Both releases, and the differences paired by case; None where there is no baseline."""

    candidate: Side
    baseline: Side | None
    cost_difference: Interval | None
    latency_difference: Interval | None

    @property
    def per_thousand(self) -> list[float | None]:
        """The difference in cost of 1,000 answers, and its limits."""
        found = self.cost_difference
        parts = (found.estimate, found.low, found.high) if found else (None, None, None)
        return [None if part is None else 1000 * part for part in parts]


def costs_of(run: Run) -> Costs:
    """The costs of a run so far; one query of numbers.

    Each answer counts with its own cost, without that of grading it: who pays for the grade of two
    identical answers is chance.
    """
    answered = run.results.exclude(answer_model="").order_by()
    columns = answered.values_list("case_id", "release_id", "answer_usd", "latency_ms")
    sides: dict[int, Answers] = {}
    for case, release, usd, latency in columns:
        sides.setdefault(release, {}).setdefault(case, []).append((float(usd), latency))
    ours, theirs = sides.get(run.release_id, {}), sides.get(run.baseline_id or 0, {})
    if run.baseline_id is None:
        return Costs(_side(ours), None, None, None)
    return Costs(_side(ours), _side(theirs), _paired(ours, theirs, 0), _paired(ours, theirs, 1))


def _paired(ours: Answers, theirs: Answers, part: int) -> Interval:
    """The mean difference of a part of the answers (0: cost, 1: latency) over the cases of both."""
    both = sorted(ours.keys() & theirs.keys())
    before, after = (
        [fmean(answer[part] for answer in side[case]) for case in both] for side in (theirs, ours)
    )
    return paired_means(before, after)


def _side(cases: Answers) -> Side:
    """The answers of a release over all its cases."""
    answers = [answer for trials in cases.values() for answer in trials]
    if not answers:
        return Side(0, None, None, None)
    latencies = sorted(latency for _, latency in answers)
    mean = fmean(usd for usd, _ in answers)
    return Side(len(answers), mean, within(latencies, 0.5), within(latencies, 0.95))


def within(ordered: Sequence[float], share: float) -> float:
    """The smallest value within which this share of the ordered values lies."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
