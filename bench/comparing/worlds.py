"""Suites of known truth: how often each case passes on the live release and on a candidate."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from stats.planning import VarianceComponents

Shares = NDArray[np.float64]
MANY = 2_000_000  # cases from which a world's truth is computed


@dataclass(frozen=True)
class World:
    """Cases as they come: `draw` gives the pass chance of n cases on both releases.

    `family`: that many neighbouring cases are related and change together.
    """

    name: str
    draw: Callable[[np.random.Generator, int], tuple[Shares, Shares]]
    family: int = 1

    @cache  # noqa: B019 - worlds are few and live as long as the bench
    def truth(self) -> tuple[float, VarianceComponents]:
        """The true difference, and where the spread of the differences comes from."""
        live, new = self.draw(np.random.default_rng(1), MANY)
        chance = (float(np.mean(share * (1 - share))) for share in (live, new))
        return float(np.mean(new - live)), VarianceComponents(float(np.var(new - live)), *chance)


def _usual(random: np.random.Generator, n: int) -> tuple[Shares, Shares]:
    """Mean .8; a change moves every case a little, up or down."""
    live = random.beta(4, 1, n)
    return live, np.clip(live + random.normal(0.0, 0.1, n), 0, 1)


def _equal(random: np.random.Generator, n: int) -> tuple[Shares, Shares]:
    """Mean .8, the same release twice."""
    live = random.beta(4, 1, n)
    return live, live


def _flaky(random: np.random.Generator, n: int) -> tuple[Shares, Shares]:
    """Every case passes about half of the time."""
    live = random.beta(4, 4, n)
    return live, np.clip(live + random.normal(0.03, 0.05, n), 0, 1)


def _sure(random: np.random.Generator, n: int) -> tuple[Shares, Shares]:
    """Two cases in three always pass, one never does; one in ten changes sides."""
    live = (random.random(n) < 2 / 3).astype(float)
    return live, np.where(random.random(n) < 0.1, 1 - live, live)


def _near_full(random: np.random.Generator, n: int) -> tuple[Shares, Shares]:
    """Mean .98 on both."""
    return random.beta(49, 1, n), random.beta(49, 1, n)


def _hardly_ever(random: np.random.Generator, n: int) -> tuple[Shares, Shares]:
    """Every trial passes with a chance of .998."""
    return np.full(n, 0.998), np.full(n, 0.998)


def loses(share: float) -> Callable[[np.random.Generator, int], tuple[Shares, Shares]]:
    """Mean .8; the candidate fails a case in so many which the live release passed: its chance of
    .8 there is gone.
    """

    def draw(random: np.random.Generator, n: int) -> tuple[Shares, Shares]:
        live = random.beta(4, 1, n)
        return live, np.where(random.random(n) < share, 0.0, live)

    return draw


def in_families(size: int) -> Callable[[np.random.Generator, int], tuple[Shares, Shares]]:
    """Related cases pass and change together: families of this size."""

    def draw(random: np.random.Generator, n: int) -> tuple[Shares, Shares]:
        families = -(-n // size)
        live = np.repeat(random.beta(4, 1, families), size)[:n]
        moved = np.repeat(random.normal(0.0, 0.15, families), size)[:n]
        return live, np.clip(live + moved, 0, 1)

    return draw


EQUAL = World("the same release twice, mean .8", _equal)
LOSES_TEN = World("a true loss of 10 points", loses(0.125))
GRID = (
    World("mean .8, every case moves", _usual),
    World("every case flaky", _flaky),
    World("no case flaky, one in ten turns", _sure),
    World("near full, mean .98", _near_full),
    World("near full, always .998", _hardly_ever),
)
FAMILIES = World("families of 4 related cases", in_families(4), family=4)
