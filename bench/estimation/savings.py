"""How many reviews of a plain random sample give an interval as narrow."""

from functools import cache

import numpy as np
from scipy import special

from stats.intervals import wilson_interval


@cache
def wilson_width(n: int, rate: float) -> float:
    """The expected width of Wilson's 95 % interval of n conversations drawn at random."""
    counts = np.arange(n + 1)
    chances = special.bdtr(counts, n, rate)
    chances = np.diff(chances, prepend=0.0)
    likely = counts[chances > 1e-9]
    limits = [wilson_interval(int(x), n) for x in likely]
    widths = [one.high - one.low for one in limits if one.low is not None and one.high is not None]
    return float(np.average(widths, weights=chances[likely]))


def savings(n: int, width: float, rate: float) -> float:
    """1 - n / n_c, where n_c plain random reviews are expected to give `width`.

    Negative where the plain sample is the better one. n_c is interpolated between whole numbers.
    """
    low, high = 1, 2
    while wilson_width(high, rate) > width:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wilson_width(middle, rate) > width else (low, middle)
    wide, narrow = wilson_width(low, rate), wilson_width(high, rate)
    return 1 - n / (low + (wide - width) / (wide - narrow))
