"""Quantiles and probabilities of the standard distributions, as plain floats.

The only module that calls scipy. `scipy.special` holds all that is needed and imports in a
third of the time of `scipy.stats`.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special


def normal_quantile(probability: float) -> float:
    """The z with P(Z <= z) = probability for a standard normal Z."""
    return float(special.ndtri(probability))


def t_quantile(probability: float, df: float) -> float:
    """The t with P(T <= t) = probability for Student's T with df (not necessarily whole)."""
    return float(special.stdtrit(df, probability))


def t_two_sided_p(t: float, df: float) -> float:
    """P(|T| >= |t|) for Student's T with df degrees of freedom."""
    return 2 * float(special.stdtr(df, -abs(t)))


def t_noncentrality(df: float, t: float, power: float) -> float:
    """The noncentrality at which a noncentral T with df exceeds t with probability power."""
    return float(special.nctdtrinc(df, 1 - power, t))


def beta_quantile(probability: float, a: float, b: float) -> float:
    """The x with P(X <= x) = probability for X ~ Beta(a, b)."""
    return float(special.betaincinv(a, b, probability))


def fair_coin_at_most(heads: int, tosses: int) -> float:
    """P(X <= heads) for X ~ Binomial(tosses, 1/2)."""
    return float(special.bdtr(heads, tosses, 0.5))


def binomial_probabilities(n: int, p: float) -> list[float]:
    """P(X = 0), ..., P(X = n) for X ~ Binomial(n, p)."""
    below = [0.0, *(float(value) for value in special.bdtr(range(n + 1), n, p))]
    return [more - less for less, more in pairwise(below)]


def binomial_at_least(successes: int, n: int, p: float) -> float:
    """P(X >= successes) for X ~ Binomial(n, p)."""
    return 1.0 if successes <= 0 else float(special.bdtrc(successes - 1, n, p))


def normal_below(z: float) -> float:
    """P(Z <= z) for a standard normal Z."""
    return float(special.ndtr(z))


def normal_below_each(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(Z <= z) for each of many z."""
    below: NDArray[np.float64] = special.ndtr(z)
    return below
