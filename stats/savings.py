"""How many reviews of a plain random sample give an interval as narrow as ours."""

from functools import lru_cache
from typing import NamedTuple

from stats.intervals import wilson_interval
from stats.quantiles import binomial_probabilities

NEGLIGIBLE = 1e-9  # counts with less chance than this are left out of an expected width


class Savings(NamedTuple):
    """The plain random sample that would be as precise, and the share of reviews saved."""

    n_classical: float
    savings: float


def reviews_saved(rate: float, mean_width: float, n_used: int) -> Savings:
    """savings = 1 - n_used / n_classical; negative where the plain sample is the better one.

    n_classical plain random reviews at this failure rate are expected to give a Wilson 95 %
    interval of `mean_width`, interpolated between whole numbers. This project.
    """
    low, high = 1, 2
    while wilson_width(high, rate) > mean_width:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wilson_width(middle, rate) > mean_width else (low, middle)
    wide, narrow = wilson_width(low, rate), wilson_width(high, rate)
    classical = low + (wide - mean_width) / (wide - narrow)
    return Savings(classical, 1 - n_used / classical)


@lru_cache(maxsize=100_000)
def wilson_width(n: int, rate: float) -> float:
    """The expected width of Wilson's 95 % interval of n conversations drawn at random."""
    likely = [(x, p) for x, p in enumerate(binomial_probabilities(n, rate)) if p > NEGLIGIBLE]
    total = 0.0
    for x, chance in likely:
        _, low, high = wilson_interval(x, n).limits
        total += chance * (high - low)
    return total / sum(chance for _, chance in likely)
