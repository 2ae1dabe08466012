"""The Interval every estimate travels in, and the intervals of simple samples."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import hypot, sqrt
from typing import NamedTuple, Self

from stats.quantiles import normal_quantile, t_quantile, t_two_sided_p

NO_SPREAD = 1e-12  # a standard error below this is rounding noise, not knowledge
APPROXIMATE_BELOW = 50  # t intervals of skewed scores are only approximate below this n


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval, or the reason why there is none.

    `low` and `high` are both None when the interval is refused; `reason` then says why in words
    for a reader, and `estimate` is None too unless the number itself is still true of the data.
    `n` counts the units the estimate rests on. `se` and `df` are set where the method has them;
    `exact_p` where the method tests "the truth is 0" otherwise than by t.
    """

    estimate: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    reason: str = ""
    se: float | None = None
    df: float | None = None
    exact_p: float | None = None

    @classmethod
    def refused(cls, reason: str, n: int, method: str, estimate: float | None = None) -> Self:
        """No interval: the data cannot carry one, and `reason` says why."""
        return cls(estimate, None, None, n, method, reason)

    @property
    def is_refused(self) -> bool:
        """Whether there is no interval to show."""
        return self.low is None or self.high is None

    @property
    def half_width(self) -> float | None:
        """Half the distance from low to high; None when refused."""
        if self.low is None or self.high is None:
            return None
        return (self.high - self.low) / 2

    @property
    def limits(self) -> tuple[float, float, float]:
        """estimate, low and high; ValueError with the reason when refused."""
        if self.estimate is None or self.low is None or self.high is None:
            raise ValueError(self.reason)
        return self.estimate, self.low, self.high

    @property
    def t(self) -> float | None:
        """Student's statistic estimate / se, where the method has a standard error."""
        return self.estimate / self.se if self.estimate is not None and self.se else None

    @property
    def p(self) -> float | None:
        """Two-sided p-value of "the truth is 0", where the method has one."""
        if self.exact_p is not None:
            return self.exact_p
        return None if self.t is None or self.df is None else t_two_sided_p(self.t, self.df)

    def complement(self) -> Self:
        """The interval of 1 - value: the share that passes from the share that fails."""
        if self.low is None or self.high is None or self.estimate is None:
            return replace(self, estimate=None if self.estimate is None else 1 - self.estimate)
        return replace(self, estimate=1 - self.estimate, low=1 - self.high, high=1 - self.low)


class Moments(NamedTuple):
    """What is needed of a sample to know its mean and spread; such rows add up over days."""

    n: int
    total: float
    total_of_squares: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """The moments of the values themselves."""
        known = list(values)
        return cls(len(known), sum(known), sum(value * value for value in known))

    @property
    def mean(self) -> float:
        """The mean; ZeroDivisionError for an empty sample."""
        return self.total / self.n

    @property
    def variance(self) -> float:
        """The sample variance (n - 1), exactly 0 where only rounding noise is left."""
        spread = self.total_of_squares - self.total * self.total / self.n
        return spread / (self.n - 1) if spread > NO_SPREAD * self.total_of_squares else 0.0


def wilson_interval(x: float, n: int, alpha: float = 0.05) -> Interval:
    """The score interval of a proportion x / n. Wilson 1927; Newcombe 1998, method 3."""
    if n == 0:
        return Interval.refused("nothing was counted", 0, "Wilson")
    low, high = _wilson_limits(x, n, alpha)
    return Interval(x / n, low, high, n, "Wilson")


def _wilson_limits(x: float, n: int, alpha: float) -> tuple[float, float]:
    """(x + z²/2 ± z sqrt(x (n - x) / n + z²/4)) / (n + z²), exactly 0 or 1 at the ends."""
    if not 0 <= x <= n:
        raise ValueError(f"{x} of {n} is not a proportion")
    z = normal_quantile(1 - alpha / 2)
    centre = x + z * z / 2
    spread = z * sqrt(x * (n - x) / n + z * z / 4)
    low = 0.0 if x == 0 else (centre - spread) / (n + z * z)
    high = 1.0 if x == n else (centre + spread) / (n + z * z)
    return low, high


def newcombe_diff(x1: float, n1: int, x2: float, n2: int, alpha: float = 0.05) -> Interval:
    """The difference x1 / n1 - x2 / n2 of two independent proportions.

    Squares and adds the distances to the two Wilson limits. Newcombe 1998, method 10. Only for
    independent conversations (split traffic): before/after needs `stats.impact`.
    """
    if n1 == 0 or n2 == 0:
        return Interval.refused("one side has no observations", n1 + n2, "Newcombe")
    (low1, high1), (low2, high2) = _wilson_limits(x1, n1, alpha), _wilson_limits(x2, n2, alpha)
    p1, p2 = x1 / n1, x2 / n2
    low = p1 - p2 - hypot(p1 - low1, high2 - p2)
    high = p1 - p2 + hypot(high1 - p1, p2 - low2)
    return Interval(p1 - p2, low, high, n1 + n2, "Newcombe")


def mover_difference(before: Interval, after: Interval) -> Interval:
    """after - before, of two independent figures that have intervals of their own.

    d - sqrt((after - its low)² + (before's high - before)²), likewise above: MOVER, Zou & Donner
    2008. Refused when either figure is.
    """
    n, method = before.n + after.n, "MOVER"
    for name, one in (("earlier", before), ("later", after)):
        if one.is_refused:
            return Interval.refused(f"the {name} window: {one.reason}", n, method)
    p0, low0, high0 = before.limits
    p1, low1, high1 = after.limits
    low = p1 - p0 - hypot(p1 - low1, high0 - p0)
    high = p1 - p0 + hypot(high1 - p1, p0 - low0)
    return Interval(p1 - p0, low, high, n, method)


def t_interval(
    estimate: float,
    se: float,
    df: float,
    n: int,
    method: str,
    alpha: float = 0.05,
    scale: tuple[float, float] | None = None,
) -> Interval:
    """estimate ± t(1 - alpha/2, df) · se, clipped to `scale` if one is given.

    Refused when se is 0: a sample without spread does not prove a truth without doubt.
    """
    if se <= NO_SPREAD:
        reason = "all values are equal, so their spread is not known"
        return Interval.refused(reason, n, method, estimate)
    reach = t_quantile(1 - alpha / 2, df) * se
    low, high = estimate - reach, estimate + reach
    if scale is not None:
        low, high = max(low, scale[0]), min(high, scale[1])
    return Interval(estimate, low, high, n, method, se=se, df=df)


def mean_interval(
    n: int,
    total: float,
    total_of_squares: float,
    scale: tuple[float, float] | None = None,
    alpha: float = 0.05,
) -> Interval:
    """Student's interval of a mean, from n, the sum and the sum of squares of the values.

    mean ± t(n - 1) · s / sqrt(n). On a bounded scale (CSAT: (1, 5)) it is clipped to the scale,
    and where the values show no spread (one answer, or all alike) the Wilson interval of the
    mean's place on the scale stands in: no values on the scale can vary more than that assumes.
    """
    method = "t" if n >= APPROXIMATE_BELOW else "t, approximate (n < 50)"
    if n == 0:
        return Interval.refused("nothing was counted", 0, method)
    sample = Moments(n, total, total_of_squares)
    spread = n >= 2 and sample.variance > 0
    if not spread and scale is not None:
        return _widest_on_scale(sample.mean, n, scale, alpha)
    if n == 1:
        return Interval.refused("one value has no spread", n, method, sample.mean)
    return t_interval(sample.mean, sqrt(sample.variance / n), n - 1, n, method, alpha, scale)


def _widest_on_scale(mean: float, n: int, scale: tuple[float, float], alpha: float) -> Interval:
    """Wilson's interval for (mean - bottom) / width; a variable in [0, 1] has s² <= m (1 - m)."""
    bottom, top = scale
    place = min(1.0, max(0.0, (mean - bottom) / (top - bottom)))
    shares = _wilson_limits(place * n, n, alpha)
    low, high = (bottom + (top - bottom) * share for share in shares)
    return Interval(mean, min(low, mean), max(high, mean), n, "Wilson on the scale")


def welch_diff(a: Moments, b: Moments, alpha: float = 0.05) -> Interval:
    """The difference mean(a) - mean(b) of two independent samples of unequal spread.

    se² = sa²/na + sb²/nb, df by Welch and Satterthwaite. Welch 1947. Only for split traffic.
    """
    method, n = "Welch", a.n + b.n
    if min(a.n, b.n) < 2:
        return Interval.refused("each side needs two values", n, method)
    va, vb = a.variance / a.n, b.variance / b.n
    spread = va + vb
    df = spread**2 / (va**2 / (a.n - 1) + vb**2 / (b.n - 1)) if spread else n - 2
    return t_interval(a.mean - b.mean, sqrt(spread), df, n, method, alpha)
