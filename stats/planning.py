"""How much a comparison of releases needs, in cases or conversations, and what one could have
shown.
"""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from stats.intervals import Moments
from stats.paired import case_differences
from stats.quantiles import normal_below, normal_quantile, t_noncentrality, t_quantile


class VarianceComponents(NamedTuple):
    """Why case differences vary: true differences (omega2), and chance within each release."""

    omega2: float
    sigma2_a: float
    sigma2_b: float


def paired_variance_components(
    baseline: Sequence[int], candidate: Sequence[int], k: int
) -> VarianceComponents:
    """What `cases_needed_paired` needs, estimated from a finished pair of runs.

    sigma2 = mean over cases of k/(k-1) p(1-p); omega2 = var(d) - (sigma2_a + sigma2_b) / k, at
    least 0. With one trial the parts cannot be told apart and omega2 holds all of var(d).
    Moments of the one-way random effects model; Miller 2024, sec. 5. At least two cases.
    """
    spread = Moments.of(case_differences(baseline, candidate, k)).variance
    if k == 1:
        return VarianceComponents(spread, 0.0, 0.0)
    sigma2_a, sigma2_b = (
        sum(c * (k - c) / (k * (k - 1)) for c in passes) / len(passes)
        for passes in (baseline, candidate)
    )
    return VarianceComponents(max(0.0, spread - (sigma2_a + sigma2_b) / k), sigma2_a, sigma2_b)


def cases_needed_paired(
    components: VarianceComponents,
    k_a: int,
    k_b: int,
    delta: float,
    alpha: float = 0.05,
    power: float = 0.8,
) -> float:
    """Cases needed to tell a true difference of `delta` from none; round up to show.

    (z_(1-alpha/2) + z_power)² (omega2 + sigma2_a / k_a + sigma2_b / k_b) / delta². Miller 2024,
    eq. 9.
    """
    z = normal_quantile(1 - alpha / 2) + normal_quantile(power)
    omega2, sigma2_a, sigma2_b = components
    return z * z * (omega2 + sigma2_a / k_a + sigma2_b / k_b) / delta**2


def mde_paired_cases(
    sd_difference: float, n_cases: int, alpha: float = 0.05, power: float = 0.8
) -> float:
    """The smallest true difference that n cases would show with this power.

    From the noncentral t with n - 1 df. Miller 2024, sec. 5. At least two cases.
    """
    df = n_cases - 1
    noncentrality = t_noncentrality(df, t_quantile(1 - alpha / 2, df), power)
    return noncentrality * sd_difference / sqrt(n_cases)


def power_paired(
    components: VarianceComponents, cases: int, k: int, delta: float, alpha: float = 0.05
) -> float:
    """The chance that this many cases of k trials show a true difference of `delta`.

    `cases_needed_paired` turned round: Φ(|delta| sqrt(n / variance) - z). Miller 2024, eq. 9.
    """
    omega2, sigma2_a, sigma2_b = components
    variance = omega2 + (sigma2_a + sigma2_b) / k
    if variance <= 0:
        return 1.0
    return normal_below(abs(delta) * sqrt(cases / variance) - normal_quantile(1 - alpha / 2))


def mde_two_proportions(
    p: float, n_per_arm: float, alpha: float = 0.05, power: float = 0.8
) -> float:
    """The smallest true difference of two shares that n conversations an arm would show.

    (z_(1-alpha/2) + z_power) sqrt(2 p (1 - p) / n), the variance at p in both arms.
    """
    z = normal_quantile(1 - alpha / 2) + normal_quantile(power)
    return z * sqrt(2 * p * (1 - p) / n_per_arm)


def conversations_needed(
    variance: float, delta: float, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Conversations an arm to tell a difference of `delta` from none, where one conversation
    varies by `variance` (p (1 - p) for a share): the smallest difference turned round.
    """
    z = normal_quantile(1 - alpha / 2) + normal_quantile(power)
    return z * z * 2 * variance / delta**2
