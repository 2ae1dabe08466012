"""Comparing two releases asked each case once: b cases lost and c gained, of n.

With one trial a case is a matched pair of yes and no, for which there are exact tests and score
intervals; Student's t would only approximate them.
"""

from collections.abc import Callable
from math import comb, sqrt
from typing import NamedTuple

from stats.intervals import Interval
from stats.quantiles import fair_coin_at_most, normal_quantile

METHOD = "Tango, exact McNemar"
_STEPS = 60  # halvings of [-1, 1]: far below what a float tells apart


class McNemar(NamedTuple):
    """Two-sided p-values of McNemar's test: exact, and the less conservative mid-p."""

    p: float
    p_mid: float


def mcnemar_exact(b: int, c: int) -> McNemar:
    """Whether b cases lost against c cases gained (one trial each) is more than chance.

    p = 2 P(X <= min(b, c)), X ~ Binomial(b + c, 1/2), at most 1; mid-p takes P(X = min) off.
    McNemar 1947; Fagerland, Lydersen & Laake 2013.
    """
    least, n = min(b, c), b + c
    tail = 2 * fair_coin_at_most(least, n)
    return McNemar(min(1.0, tail), min(1.0, tail - comb(n, least) / 2**n))


def tango_difference(gained: int, lost: int, n: int, alpha: float = 0.05) -> Interval:
    """The difference (gained - lost) / n of two proportions over the same n cases.

    All differences that the score test does not reject. Tango 1998 (Statistics in Medicine 17).
    Its p is that of the exact McNemar test, which is a little slower to claim a change.
    """
    if n == 0:
        return Interval.refused("too few cases were run on both releases", 0, METHOD)
    if min(gained, lost) < 0 or gained + lost > n:
        raise ValueError(f"{gained} gained and {lost} lost do not fit in {n} cases")
    estimate = (gained - lost) / n
    z = normal_quantile(1 - alpha / 2)
    low = _crossing(lambda d: _score(gained, lost, n, d) <= z, -1.0, estimate)
    high = _crossing(lambda d: _score(gained, lost, n, d) < -z, estimate, 1.0)
    p = mcnemar_exact(lost, gained).p
    return Interval(estimate, low, high, n, METHOD, exact_p=p)


def _score(gained: int, lost: int, n: int, d: float) -> float:
    """(gained - lost - n d) / its standard deviation if d is the truth; falls with d.

    The chance to lose is estimated under d: the larger root of 2 n q² + B q - lost d (1 - d) = 0
    with B = (2 n - gained + lost) d - gained - lost, turned to our sign of d.
    """
    b = -gained - lost + (2 * n - gained + lost) * d
    q = (sqrt(max(0.0, b * b + 8 * n * lost * d * (1 - d))) - b) / (4 * n)
    variance = n * (2 * q + d * (1 - d))
    distance = gained - lost - n * d
    if variance <= 0:
        return 0.0 if distance == 0 else (float("inf") if distance > 0 else float("-inf"))
    return distance / sqrt(variance)


def _crossing(holds: Callable[[float], bool], start: float, end: float) -> float:
    """Where between start (does not hold) and end (holds) the condition begins to hold."""
    if holds(start):
        return start
    if not holds(end):
        return end
    for _ in range(_STEPS):
        middle = (start + end) / 2
        start, end = (start, middle) if holds(middle) else (middle, end)
    return (start + end) / 2
