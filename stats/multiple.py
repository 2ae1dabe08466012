"""Several comparisons at once: one of twenty looks different by luck alone.

Three questions. Within one decision (the suites of one release, the guardrails of its impact)
p-values are adjusted by Holm, so that all of them together raise a false alarm as rarely as one.
Among many figures that are only looked through, Benjamini and Hochberg keep the false ones a small
share of those that stand out. Over the weeks nothing is adjusted,
which would make the newest release pay for all before it; the count of alarms is shown beside the
count that luck alone would give.
"""

from collections.abc import Sequence
from typing import NamedTuple

from stats.quantiles import binomial_at_least


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for being looked at together, in the order given.

    The i-th smallest times (m - i + 1), at most 1, never below a smaller one's. Controls the chance
    of any false claim whatever the dependence. Holm 1979.
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError("a p-value lies between 0 and 1")
    adjusted, least = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = least
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted so that those below alpha hold at most a share alpha of false ones.

    The i-th smallest times m / i, never above a larger one's. Benjamini & Hochberg 1995.
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError("a p-value lies between 0 and 1")
    adjusted, most, m = [0.0] * len(p_values), 1.0, len(p_values)
    falling = sorted(range(m), key=lambda i: p_values[i], reverse=True)
    for rank, place in zip(range(m, 0, -1), falling, strict=True):
        most = min(most, p_values[place] * m / rank)
        adjusted[place] = most
    return adjusted


class Alarms(NamedTuple):
    """How many comparisons claimed a difference, how many would by luck, and how likely so many
    are if nothing ever changed.
    """

    comparisons: int
    seen: int
    expected: float
    chance: float


def alarms(p_values: Sequence[float], alpha: float = 0.05) -> Alarms:
    """Alarms among comparisons at a fixed level, beside those that luck alone would raise.

    `chance` is P(X >= seen), X ~ Binomial(m, alpha): for comparisons that do not depend on each
    other, and an upper bound for tests that claim less often than their level allows.
    """
    seen, count = sum(p < alpha for p in p_values), len(p_values)
    return Alarms(count, seen, count * alpha, binomial_at_least(seen, count, alpha))
