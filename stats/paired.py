"""Comparing two releases on the same suite cases, k trials a case. The case is the unit.

Passes are counts 0..k per case, baseline and candidate in the same order of cases.
"""

from collections.abc import Sequence
from math import comb, sqrt
from typing import NamedTuple

from stats.intervals import Interval, Moments, mean_interval, t_interval
from stats.quantiles import fair_coin_at_most, normal_quantile, t_noncentrality, t_quantile

GUARD_BELOW = 10  # cases that differ; with fewer, the guard keeps the coverage


class McNemar(NamedTuple):
    """Two-sided p-values of McNemar's test: exact, and the less conservative mid-p."""

    p: float
    p_mid: float


class VarianceComponents(NamedTuple):
    """Why case differences vary: true differences (omega2), and chance within each release."""

    omega2: float
    sigma2_a: float
    sigma2_b: float


def case_differences(baseline: Sequence[int], candidate: Sequence[int], k: int) -> list[float]:
    """Pass rate of the candidate minus pass rate of the baseline, case by case."""
    if not all(0 <= passes <= k for passes in (*baseline, *candidate)):
        raise ValueError(f"passes must be 0 to {k}")
    return [(b - a) / k for a, b in zip(baseline, candidate, strict=True)]


def paired_cases_t(
    baseline: Sequence[int], candidate: Sequence[int], k: int, alpha: float = 0.05
) -> Interval:
    """Mean case difference, Student's t over the cases (n - 1 df), clipped to [-1, 1].

    Miller 2024 (arXiv 2411.00640): paired and clustered by case. Under-covers when few cases
    differ; `paired_cases_guarded` is the one to show.
    """
    differences = case_differences(baseline, candidate, k)
    return _paired_t(differences, differences, "paired t", alpha)


def paired_cases_guarded(
    baseline: Sequence[int], candidate: Sequence[int], k: int, alpha: float = 0.05
) -> Interval:
    """`paired_cases_t`, with a guard where too few cases differ to know the spread.

    With fewer than 10 non-zero differences (or no spread at all), +m and -m are appended before
    the interval is taken, m = max(1/k, mean |d| of the non-zero); the estimate stays the plain
    mean. This project, in the spirit of Agresti & Min 2005: "no case differs" is not certainty.
    """
    differences = case_differences(baseline, candidate, k)
    moved = [abs(d) for d in differences if d]
    if len(moved) >= GUARD_BELOW and len(set(differences)) > 1:
        return _paired_t(differences, differences, "paired t", alpha)
    m = max(1 / k, sum(moved) / len(moved)) if moved else 1 / k
    return _paired_t(differences, [*differences, m, -m], "paired t, guarded", alpha)


def _paired_t(
    differences: Sequence[float], spread: Sequence[float], method: str, alpha: float
) -> Interval:
    """The t interval of `spread` around the mean of `differences`."""
    n = len(differences)
    if n == 0 or len(spread) < 2:
        return Interval.refused("too few cases were run on both releases", n, method)
    sample = Moments.of(spread)
    se, df = sqrt(sample.variance / sample.n), sample.n - 1
    around = t_interval(sample.mean, se, df, n, method, alpha, scale=(-1.0, 1.0))
    estimate = sum(differences) / n
    if around.low is None or around.high is None:
        return Interval.refused(around.reason, n, method, estimate)
    low, high = min(around.low, estimate), max(around.high, estimate)
    return Interval(estimate, low, high, n, method, se=se, df=df)


def mcnemar_exact(b: int, c: int) -> McNemar:
    """Whether b cases lost against c cases gained (one trial each) is more than chance.

    p = 2 P(X <= min(b, c)), X ~ Binomial(b + c, 1/2), at most 1; mid-p takes P(X = min) off.
    McNemar 1947; Fagerland, Lydersen & Laake 2013.
    """
    least, n = min(b, c), b + c
    tail = 2 * fair_coin_at_most(least, n)
    return McNemar(min(1.0, tail), min(1.0, tail - comb(n, least) / 2**n))


def pass_hat_k(passes: Sequence[int], trials: int, k: int) -> float:
    """The chance that all of k trials of a case pass: mean over cases of C(c, k) / C(n, k).

    Unbiased from n = `trials` >= k trials a case. Yao et al. 2024 (arXiv 2406.12045). ValueError
    for k outside 1..trials or no case.
    """
    shares = _pass_hat_k_per_case(passes, trials, k)
    if not shares:
        raise ValueError("no case was run")
    return sum(shares) / len(shares)


def pass_hat_k_interval(
    passes: Sequence[int], trials: int, k: int, alpha: float = 0.05
) -> Interval:
    """`pass_hat_k` with Student's interval over the cases, clipped to [0, 1].

    Where all cases are alike Wilson's interval stands in (see `mean_interval`). With k = 1 it is
    the pass rate of the suite, clustered by case.
    """
    sample = Moments.of(_pass_hat_k_per_case(passes, trials, k))
    return mean_interval(*sample, scale=(0.0, 1.0), alpha=alpha)


def _pass_hat_k_per_case(passes: Sequence[int], trials: int, k: int) -> list[float]:
    if not 1 <= k <= trials:
        raise ValueError(f"k = {k} is not within 1..{trials} trials")
    return [comb(passed, k) / comb(trials, k) for passed in passes]


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
