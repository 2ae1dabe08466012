"""What the answers of a run cost and how long they took, on both releases and paired by case."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.db.models import Avg, Count, FloatField, QuerySet
from django.db.models.functions import Cast

from stats.intervals import Interval
from stats.paired import paired_means
from testing.models import Result, Run

Means = dict[int, list[float]]  # of a release by case: mean dollars and milliseconds, answers


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
    """The costs of a run so far; a query of means, and one of latencies for each release.

    Each answer counts with its own cost, without that of grading it: who pays for the grade of two
    identical answers is chance.
    """
    answered = run.results.exclude(answer_model="").order_by()
    usd = Avg(Cast("answer_usd", FloatField()))
    parts = {"usd": usd, "ms": Avg("latency_ms"), "answers": Count("pk")}
    means = answered.values_list("release", "case").annotate(**parts)
    sides: dict[int, Means] = {}
    for release, case, *mean in means:
        sides.setdefault(release, {})[case] = mean
    ours = sides.get(run.release_id, {})
    candidate = _side(ours, answered.filter(release=run.release_id))
    if run.baseline_id is None:
        return Costs(candidate, None, None, None)
    theirs = sides.get(run.baseline_id, {})
    baseline = _side(theirs, answered.filter(release=run.baseline_id))
    return Costs(candidate, baseline, _paired(ours, theirs, 0), _paired(ours, theirs, 1))


def _paired(ours: Means, theirs: Means, part: int) -> Interval:
    """The mean difference of a part of the answers (0: cost, 1: latency) over the cases of both."""
    both = sorted(ours.keys() & theirs.keys())
    before, after = ([side[case][part] for case in both] for side in (theirs, ours))
    return paired_means(before, after)


def _side(means: Means, answered: QuerySet[Result]) -> Side:
    """The answers of a release over all its cases."""
    if not means:
        return Side(0, None, None, None)
    latencies = list(answered.order_by("latency_ms").values_list("latency_ms", flat=True))
    usd = sum(usd * answers for usd, _, answers in means.values()) / len(latencies)
    return Side(len(latencies), usd, within(latencies, 0.5), within(latencies, 0.95))


def within(ordered: Sequence[float], share: float) -> float:
    """The smallest value within which this share of the ordered values lies."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
