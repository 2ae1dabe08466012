"""The judge, and the queue's figure, beside what the benchmark knows to be true."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from stats.intervals import Interval, wilson_interval
from stats.quality import Cell, quality_interval
from stats.sampling import daily_allocation, draw, failure_rates

GRADES = (5, 4, 3, 2, 1)
ANY_DAY = date(2026, 1, 1)


@dataclass(frozen=True)
class CrossTable:
    """Conversations by what the judge said and what was true; a failure is the positive."""

    failed_as_failed: int
    failed_as_passed: int
    passed_as_failed: int
    passed_as_passed: int

    @property
    def sensitivity(self) -> Interval:
        """Of the true failures, the share the judge failed too."""
        found = self.failed_as_failed
        return wilson_interval(found, found + self.failed_as_passed)

    @property
    def specificity(self) -> Interval:
        """Of the true successes, the share the judge passed too."""
        found = self.passed_as_passed
        return wilson_interval(found, found + self.passed_as_failed)


def cross_table(judged: Mapping[str, bool], truth: Mapping[str, bool]) -> CrossTable:
    """Both by external id, True for a pass; conversations the judge did not score are left out."""
    pairs = [(truth[name], passed) for name, passed in judged.items()]
    return CrossTable(
        failed_as_failed=pairs.count((False, False)),
        failed_as_passed=pairs.count((False, True)),
        passed_as_failed=pairs.count((True, False)),
        passed_as_passed=pairs.count((True, True)),
    )


@dataclass(frozen=True)
class Replay:
    """Many draws of the same day: mean figure, share of intervals that hold the truth, width."""

    draws: int
    truth: float
    mean: float
    coverage: float
    half_width: float


def replay(grades: Mapping[str, int], truth: Mapping[str, bool], budget: int, draws: int) -> Replay:
    """Draw the day again with other secrets and read the truth off the drawn conversations.

    By the judge's grade alone, without the stratum of flags; method: `stats.sampling` and
    `stats.quality`, as the queue and the quality page use them.
    """
    strata = {grade: [key for key, given in grades.items() if given == grade] for grade in GRADES}
    sizes = [len(strata[grade]) for grade in GRADES]
    rates = failure_rates([0] * len(GRADES), [0] * len(GRADES))
    counts = daily_allocation(sizes, [7 * size for size in sizes], rates, budget)
    found = [_one_draw(strata, truth, counts, number) for number in range(draws)]
    shown = [one for one in found if one.estimate is not None and not one.is_refused]
    true_share = sum(truth[key] for key in grades) / len(grades)
    held = [one for one in shown if (one.low or 0.0) <= true_share <= (one.high or 0.0)]
    return Replay(
        draws=len(shown),
        truth=true_share,
        mean=sum(one.estimate or 0.0 for one in shown) / max(1, len(shown)),
        coverage=len(held) / max(1, len(shown)),
        half_width=sum(one.half_width or 0.0 for one in shown) / max(1, len(shown)),
    )


def _one_draw(
    strata: Mapping[int, Sequence[str]],
    truth: Mapping[str, bool],
    counts: Sequence[int],
    number: int,
) -> Interval:
    """The figure of one draw; its secret is made from its number."""
    secret = hashlib.sha256(f"replay {number}".encode()).digest()
    cells = []
    for grade, count in zip(GRADES, counts, strict=True):
        drawn = draw(strata[grade], count, secret)
        failed = sum(not truth[key] for key in drawn)
        cells.append(Cell(ANY_DAY, grade, len(strata[grade]), len(drawn), failed))
    return quality_interval(cells)
