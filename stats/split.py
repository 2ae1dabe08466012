"""Whether traffic was really split as planned: without that no comparison of the sides is fair."""

from math import sqrt

from stats.quantiles import normal_below


def sample_ratio_p(first: int, second: int, share: float) -> float:
    """The p-value of "each unit went to the first side with probability `share`".

    Pearson's chi-square with one degree of freedom, (first - n share)² / (n share (1 - share)).
    Fabijan et al. 2019 ("sample ratio mismatch") alarm below 0.001. 1 where nothing was counted.
    """
    if not 0 < share < 1:
        raise ValueError(f"{share} is no share of two sides")
    n = first + second
    if n == 0:
        return 1.0
    z = (first - n * share) / sqrt(n * share * (1 - share))
    return 2 * normal_below(-abs(z))
