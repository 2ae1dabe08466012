"""What a shift in who writes does to a figure, told apart from what happens within each group.

Segments must be fixed before the agent acts (channel, topic of the first message, language): a
segment that follows from the outcome would explain the effect away.
"""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from stats.intervals import Interval
from stats.quantiles import normal_quantile

MOST_EXCLUDED = 0.10  # beyond this share without a counterpart nothing is compared


class Cell(NamedTuple):
    """How many were counted in one segment, and the sum of what was counted (successes, scores)."""

    n: float
    total: float


class Standardised(NamedTuple):
    """A difference after - before apart into its mix and what happened within the segments."""

    raw: float
    before: float
    after: float
    interval: Interval
    weights: list[float]

    @property
    def mix(self) -> float:
        """What the shift of the segments' shares alone would have changed: raw - within."""
        return self.raw - (self.after - self.before)


def direct_standardisation(
    before: Sequence[Cell], after: Sequence[Cell], alpha: float = 0.05
) -> Standardised:
    """sum w_s (p1s - p0s) over the same segments on both sides, w = their pooled shares.

    se² = sum w² (p0 q0 / n0 + p1 q1 / n1): for conversations that do not depend on each other, so
    the interval holds for split traffic and not between two spans of days. Fleiss, Levin & Paik
    2003, ch. 19. ValueError for an empty segment: leave it out on both sides (`overlap`).
    """
    if not all(cell.n for cell in (*before, *after)):
        raise ValueError("a segment that is empty on one side cannot be standardised")
    n0, n1 = sum(cell.n for cell in before), sum(cell.n for cell in after)
    pairs = list(zip(before, after, strict=True))
    weights = [(old.n + new.n) / (n0 + n1) for old, new in pairs]
    rates = [(old.total / old.n, new.total / new.n) for old, new in pairs]
    levels = [
        sum(w * rate[side] for w, rate in zip(weights, rates, strict=True)) for side in (0, 1)
    ]
    se = sqrt(
        sum(
            w * w * (p * (1 - p) / old.n + q * (1 - q) / new.n)
            for w, (old, new), (p, q) in zip(weights, pairs, rates, strict=True)
        )
    )
    reach, within = normal_quantile(1 - alpha / 2) * se, levels[1] - levels[0]
    interval = Interval(
        within, within - reach, within + reach, round(n0 + n1), "direct standardisation", se=se
    )
    raw = sum(cell.total for cell in after) / n1 - sum(cell.total for cell in before) / n0
    return Standardised(raw, levels[0], levels[1], interval, weights)


def overlap(before: Mapping[str, Cell], after: Mapping[str, Cell]) -> tuple[list[str], float]:
    """The segments that were counted on both sides, and the share of everything that was not."""
    common = [name for name, cell in before.items() if cell.n and name in after and after[name].n]
    everything = sum(cell.n for cell in (*before.values(), *after.values()))
    kept = sum(before[name].n + after[name].n for name in common)
    return common, 1 - kept / everything if everything else 0.0


def without_mix(
    days: Sequence[Mapping[str, Cell]], rates: Mapping[str, float], weights: Mapping[str, float]
) -> list[float | None]:
    """Daily values with the day's mix taken out; None on a day on which nothing was counted.

    value_t - sum_s (share_ts - w_s) rate_s: each segment is held at its weight, at the rate it had
    before the release. Unlike rates standardised day by day it needs no segment to be present on
    every day, and adds no noise where one is small. The weights' own level is kept, so that the
    values read like the figure. Segments without a rate are left out of the day.
    """
    level = sum(weights[name] * rates[name] for name in rates)
    values: list[float | None] = []
    for day in days:
        known = [(cell, rates[name]) for name, cell in day.items() if name in rates]
        n = sum(cell.n for cell, _ in known)
        expected = sum(cell.n * rate for cell, rate in known)
        total = sum(cell.total for cell, _ in known)
        values.append(level + (total - expected) / n if n else None)
    return values
