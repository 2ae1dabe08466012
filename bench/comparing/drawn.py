"""Results drawn from a world, compared and decided by the product's own functions."""

from dataclasses import dataclass

import numpy as np

from bench.comparing.worlds import World
from context.models import Check
from stats.intervals import Interval
from stats.paired import GUARD_BELOW
from testing.comparing.cases import CaseComparison, Trials
from testing.comparing.comparison import Comparison
from testing.comparing.looks import Claim, claims, is_clear
from testing.gate.decisions import decide
from testing.gate.evidence import Thresholds, evidence_of
from testing.models import Case, Suite

MANY_CASES = 100_000


@dataclass
class Rate:
    """How often something happened."""

    hits: int = 0
    of: int = 0

    def add(self, hit: bool) -> None:
        """Count one more."""
        self.hits += hit
        self.of += 1

    @property
    def share(self) -> float:
        """The share that happened."""
        return self.hits / self.of

    @property
    def doubt(self) -> float:
        """The Monte-Carlo standard error of the share, also where it is 0 or 1."""
        share = (self.hits + 0.5) / (self.of + 1)
        return float(np.sqrt(share * (1 - share) / self.of))

    def __str__(self) -> str:
        return f"{100 * self.share:.1f} %"


def compared(world: World, cases: int, trials: int, random: np.random.Generator) -> Comparison:
    """A run of so many cases and trials as the product compares it."""
    live, new = world.draw(random, cases)
    before, after = random.binomial(trials, live), random.binomial(trials, new)
    tags = [[f"same:{place // world.family}"] if world.family > 1 else [] for place in range(cases)]
    rows = tuple(
        CaseComparison(Case(tags=tags[place]), _trials(c, trials), _trials(b, trials))
        for place, (b, c) in enumerate(zip(before.tolist(), after.tolist(), strict=True))
    )
    return Comparison(trials, True, rows)


def _trials(passed: int, total: int) -> Trials:
    return Trials(passed, total, total)


def claims_a_change(comparison: Comparison) -> bool:
    """Whether the run's page says that the releases differ."""
    return is_clear(comparison.difference, _claim(comparison))


def _claim(comparison: Comparison) -> Claim | None:
    """What the run claims as the only suite of its release."""
    difference = comparison.difference
    return claims({"run": difference.p if difference else None}).get("run")


def status(comparison: Comparison) -> str:
    """What the gate decides, by rate alone: worlds have no critical case."""
    evidence = evidence_of(comparison, [], _claim(comparison))
    return decide(Suite.Kind.REGRESSION, evidence, Thresholds(cases_for_an_interval=0)).status


def few_differ(world: World, cases: int, trials: int) -> bool:
    """Whether so few cases are expected to differ that the guard (fewer than 10) often acts. It is
    made to err on the safe side, so coverage has no upper bound there.
    """
    live, new = world.draw(np.random.default_rng(2), MANY_CASES)
    random = np.random.default_rng(3)
    moved = random.binomial(trials, live) != random.binomial(trials, new)
    return float(np.mean(moved)) * cases / world.family < 2 * GUARD_BELOW


def covers(difference: Interval | None, truth: float) -> bool:
    """Whether the interval holds the truth."""
    assert difference is not None
    _, low, high = difference.limits
    return low - 1e-12 <= truth <= high + 1e-12


@dataclass
class Verdicts:
    """What became of repetitions of one comparison."""

    claimed: Rate
    passed: Rate
    blocked: Rate
    covered: Rate


def repeat(world: World, cases: int, trials: int, reps: int, seed: int) -> Verdicts:
    """Compare and decide `reps` times."""
    random = np.random.default_rng([seed, cases, trials])
    truth, _ = world.truth()
    found = Verdicts(Rate(), Rate(), Rate(), Rate())
    for _ in range(reps):
        comparison = compared(world, cases, trials, random)
        found.claimed.add(claims_a_change(comparison))
        decided = status(comparison)
        found.passed.add(decided == Check.Status.PASSED)
        found.blocked.add(decided == Check.Status.FAILED)
        found.covered.add(covers(comparison.difference, truth))
    return found


def coverage(world: World, cases: int, trials: int, reps: int, seed: int) -> Rate:
    """How often the shown interval holds the truth."""
    random = np.random.default_rng([seed, cases, trials])
    truth, _ = world.truth()
    rate = Rate()
    for _ in range(reps):
        rate.add(covers(compared(world, cases, trials, random).difference, truth))
    return rate


def several_suites(suites: int, reps: int, seed: int, world: World) -> tuple[Rate, Rate]:
    """How often any of several suites of an equal release looks different: alone, and by Holm."""
    random = np.random.default_rng([seed, suites])
    alone, adjusted = Rate(), Rate()
    for _ in range(reps):
        found = {place: compared(world, 60, 3, random).difference for place in range(suites)}
        among = claims({place: one.p if one else None for place, one in found.items()})
        alone.add(any(is_clear(one) for one in found.values()))
        adjusted.add(any(is_clear(one, among.get(place)) for place, one in found.items()))
    return alone, adjusted
