"""A day, a week and four weeks of reviews, drawn again and again, and what the estimate says."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import sqrt

import numpy as np

from bench.estimation.worlds import Case, Counts, World, make_world
from stats.agreement import LEAST_FOUND, weighted_confusion
from stats.quality import LAST_FAIL_GRADE, Cell, failure_rate_interval
from stats.strata import Stratum

GRADES = (5, 4, 3, 2, 1)
SPANS = {30: 1, 210: 7, 840: 28}  # reviews: days
PER_WORLD = 50  # windows drawn in one world
FIRST_DAY = date(2026, 9, 7)
OK = sum(grade > LAST_FAIL_GRADE for grade in GRADES)  # the grades before this one passed


@dataclass
class Tally:
    """What the estimates of one case and span added up to."""

    windows: int = 0
    refused: int = 0
    covered: int = 0
    width: float = 0.0
    error: float = 0.0
    squared_error: float = 0.0
    errors_of_judge: list[tuple[float, float]] = field(default_factory=list)

    @property
    def coverage(self) -> float:
        """The share of windows with an interval that holds the truth; a refusal holds nothing."""
        return self.covered / self.windows

    @property
    def mean_width(self) -> float:
        """The mean width of the intervals that were given."""
        return self.width / (self.windows - self.refused)

    @property
    def bias(self) -> float:
        """The mean of estimate - truth."""
        return self.error / (self.windows - self.refused)

    @property
    def doubt_of_bias(self) -> float:
        """The standard error of `bias`: how far chance alone moves it in so many windows."""
        given = self.windows - self.refused
        return sqrt(max(0.0, self.squared_error / given - self.bias**2) / given)

    @property
    def bias_of_judge(self) -> tuple[float, float]:
        """The mean of estimate - truth of sensitivity and of specificity."""
        first, second = np.mean(self.errors_of_judge, axis=0)
        return float(first), float(second)


def simulate(case: Case, reps: int, seed: int) -> dict[int, Tally]:
    """`reps` windows of each span; the same seed draws the same windows."""
    random = np.random.default_rng(seed)
    tallies = {n: Tally() for n in SPANS}
    for left in range(reps, 0, -PER_WORLD):
        world = make_world(case, random)
        failed, found = review(world, min(left, PER_WORLD), random)
        for n, days in SPANS.items():
            span = World(world.sizes[:days], world.reviews[:days], world.rates[:days])
            measure(span, failed[:, :days], found[:, :days], tallies[n])
    return tallies


def review(world: World, windows: int, random: np.random.Generator) -> tuple[Counts, Counts]:
    """How many conversations failed, and how many failures people found: windows, days, grades."""
    failed = random.binomial(world.sizes, world.rates, (windows, *world.sizes.shape))
    found = random.hypergeometric(failed, world.sizes - failed, world.reviews)
    return failed, found


def measure(world: World, failed: Counts, found: Counts, tally: Tally) -> None:
    """Estimate every window from what people found, and hold it against what was so.

    Windows in which people found the same are estimated once.
    """
    known = {}
    for truth, seen in zip(failed, found, strict=True):
        key = seen.tobytes()
        if key not in known:
            known[key] = failure_rate_interval(list(cells(world, seen)))
        interval, rate = known[key], truth.sum() / world.sizes.sum()
        tally.windows += 1
        if interval.low is None or interval.high is None or interval.estimate is None:
            tally.refused += 1
            continue
        tally.covered += interval.low <= rate <= interval.high
        tally.width += interval.high - interval.low
        tally.error += interval.estimate - rate
        tally.squared_error += (interval.estimate - rate) ** 2
        if seen.sum() >= LEAST_FOUND:
            tally.errors_of_judge.append(error_of_judge(world, truth, seen))


def cells(world: World, found: Counts) -> Iterator[Cell]:
    """What the product knows of the window."""
    rows = zip(world.sizes.tolist(), world.reviews.tolist(), found.tolist(), strict=True)
    for day, columns in enumerate(rows):
        on = FIRST_DAY + timedelta(day)
        for grade, size, reviewed, x in zip(GRADES, *columns, strict=True):
            yield Cell(on, grade, size, reviewed, x)


def error_of_judge(world: World, failed: Counts, found: Counts) -> tuple[float, float]:
    """Estimate - truth of the judge's sensitivity and specificity, days taken together."""
    sizes, reviews = world.sizes.sum(0).tolist(), world.reviews.sum(0).tolist()
    drawn = [Stratum(*one) for one in zip(sizes, reviews, found.sum(0).tolist(), strict=True)]
    whole = [Stratum(N, N, x) for N, x in zip(sizes, failed.sum(0).tolist(), strict=True)]
    seen = weighted_confusion(drawn[OK:], drawn[:OK])
    true = weighted_confusion(whole[OK:], whole[:OK])
    return (
        seen.tp / (seen.tp + seen.fn) - true.tp / (true.tp + true.fn),
        seen.tn / (seen.tn + seen.fp) - true.tn / (true.tn + true.fp),
    )
