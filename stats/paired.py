"""Comparing two releases on the same suite cases, k trials a case. The case is the unit.

Passes are counts 0..k per case, baseline and candidate in the same order of cases.
"""

from collections.abc import Hashable, Sequence
from math import comb, sqrt

from stats.intervals import Interval, Moments, mean_interval, t_interval
from stats.matched import tango_difference

GUARD_BELOW = 10  # cases that differ; with fewer, the guard keeps the coverage


def case_differences(baseline: Sequence[int], candidate: Sequence[int], k: int) -> list[float]:
    """Pass rate of the candidate minus pass rate of the baseline, case by case."""
    if not all(0 <= passes <= k for passes in (*baseline, *candidate)):
        raise ValueError(f"passes must be 0 to {k}")
    return [(b - a) / k for a, b in zip(baseline, candidate, strict=True)]


def paired_difference(
    baseline: Sequence[int],
    candidate: Sequence[int],
    k: int,
    related: Sequence[Hashable] | None = None,
    alpha: float = 0.05,
) -> Interval:
    """The candidate's pass rate minus the baseline's, by the method that fits the cases.

    Where some cases are `related` (one value a case; equal values: related), their sums are the
    unit. Else one trial a case is a matched pair (`tango_difference`), and more are compared by
    `paired_cases_guarded`.
    """
    if related is not None and len(set(related)) < len(baseline):
        return _related_cases(baseline, candidate, k, related, alpha)
    if k > 1:
        return paired_cases_guarded(baseline, candidate, k, alpha)
    differences = case_differences(baseline, candidate, k)
    return tango_difference(differences.count(1), differences.count(-1), len(differences), alpha)


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
    guard = _guard(differences, 1 / k)
    if not guard:
        return paired_cases_t(baseline, candidate, k, alpha)
    return _paired_t(differences, [*differences, *guard], "paired t, guarded", alpha)


def _guard(differences: Sequence[float], least: float) -> list[float]:
    """The +m and -m to be appended; empty where enough differ to know the spread."""
    moved = [abs(d) for d in differences if d]
    if len(moved) >= GUARD_BELOW and len(set(differences)) > 1:
        return []
    m = max(least, sum(moved) / len(moved)) if moved else least
    return [m, -m]


def _related_cases(
    baseline: Sequence[int],
    candidate: Sequence[int],
    k: int,
    related: Sequence[Hashable],
    alpha: float,
) -> Interval:
    """Mean case difference with a cluster-robust standard error, t with clusters - 1 df.

    se² = G/(G-1) sum over clusters of (sum of (d - mean))² / n² (Miller 2024, clustered errors,
    with the correction that makes clusters of one the plain paired t), and not below the plain se:
    a smaller one is the noise of few clusters. The guard counts clusters.
    """
    differences = case_differences(baseline, candidate, k)
    sums, n = clustered_sums(differences, related), len(differences)
    estimate = sum(differences) / n
    method = f"clustered t, {len(sums)} groups of related cases"
    plain = paired_cases_guarded(baseline, candidate, k, alpha)
    if len(sums) < 2 or plain.se is None:
        return Interval.refused("all cases are related and count as one", n, method, estimate)
    centred = clustered_sums([d - estimate for d in differences], related)
    spread = [*centred, *_guard(sums, 1 / k)]
    total = sum(value * value for value in spread)
    clustered = sqrt(total * len(spread) / (len(spread) - 1)) / n
    se, df = max(plain.se, clustered), len(sums) - 1
    return t_interval(estimate, se, df, n, method, alpha, scale=(-1.0, 1.0))


def clustered_sums(values: Sequence[float], related: Sequence[Hashable]) -> list[float]:
    """The sum of the values of each cluster, in the order in which clusters first appear."""
    sums: dict[Hashable, float] = {}
    for value, cluster in zip(values, related, strict=True):
        sums[cluster] = sums.get(cluster, 0.0) + value
    return list(sums.values())


def paired_means(baseline: Sequence[float], candidate: Sequence[float]) -> Interval:
    """The mean of candidate - baseline, case by case, for amounts such as dollars or seconds.

    Student's t over the cases; refused where no case differs, since amounts have no scale that
    would bound them.
    """
    pairs = zip(baseline, candidate, strict=True)
    return mean_interval(*Moments.of(after - before for before, after in pairs))


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
    return Interval(estimate, low, high, n, method, se=se, df=df, exact_p=around.p)


def pass_hat_k_interval(
    passes: Sequence[int], trials: int, k: int, alpha: float = 0.05
) -> Interval:
    """The chance that all of k trials of a case pass: mean over cases of C(c, k) / C(n, k).

    Unbiased from n = `trials` >= k trials a case (Yao et al. 2024, arXiv 2406.12045), with
    Student's interval over the cases, clipped to [0, 1]; where all cases are alike Wilson's stands
    in (see `mean_interval`). With k = 1 it is the pass rate of the suite, clustered by case.
    ValueError for k outside 1..trials; refused without a case.
    """
    sample = Moments.of(_pass_hat_k_per_case(passes, trials, k))
    return mean_interval(*sample, scale=(0.0, 1.0), alpha=alpha)


def _pass_hat_k_per_case(passes: Sequence[int], trials: int, k: int) -> list[float]:
    if not 1 <= k <= trials:
        raise ValueError(f"k = {k} is not within 1..{trials} trials")
    return [comb(passed, k) / comb(trials, k) for passed in passes]
