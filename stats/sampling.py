"""Which conversations people review: how many from each stratum, and exactly which.

Strata are always listed from "the judge is surest it went well" (grade 5) to "surest it failed"
(grade 1). Sizes are counts of conversations, rates are shares of failures in [0, 1].
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from math import floor, sqrt

PRIOR_FAILURE_RATES = (0.01, 0.03, 0.08, 0.20, 0.50)  # grades 5, 4, 3, 2, 1, before any label
OK_LEVELS = 3  # grades 5, 4 and 3: the judge thinks it went well
DAYS_AHEAD = 7  # the allocation is the best one for a week's figure, not for a day's


def failure_rates(
    failed: Sequence[float],
    reviewed: Sequence[float],
    guess: Sequence[float] = PRIOR_FAILURE_RATES,
) -> list[float]:
    """Failure rates per stratum from past labels, never falling from ok to fail.

    p = (x + .5) / (n + 1), or the guess where a stratum has no label yet; then neighbours that
    fall are pooled, weighted by n + 1 (pool adjacent violators; Ayer et al. 1955).
    """
    blocks: list[tuple[float, float, int]] = []  # rate, weight, number of strata
    for x, n, prior in zip(failed, reviewed, guess, strict=True):
        rate, weight, width = ((x + 0.5) / (n + 1) if n else prior), n + 1.0, 1
        while blocks and blocks[-1][0] > rate:
            other_rate, other_weight, other_width = blocks.pop()
            rate = (rate * weight + other_rate * other_weight) / (weight + other_weight)
            weight, width = weight + other_weight, width + other_width
        blocks.append((rate, weight, width))
    return [rate for rate, _, width in blocks for _ in range(width)]


def review_floors(shares: Sequence[float], budget: int, ok_levels: int = OK_LEVELS) -> list[int]:
    """The least reviews per stratum: 1 each, and half their proportional share where judge-ok.

    Insurance against a judge gone blind (statistics of the project, simulated: it costs nothing).
    """
    half = [floor(budget * share / 2) if h < ok_levels else 0 for h, share in enumerate(shares)]
    return [max(1, least) if share > 0 else 0 for least, share in zip(half, shares, strict=True)]


def allocate_greedy(
    shares: Sequence[float],
    rates: Sequence[float],
    budget: int,
    floors: Sequence[int] | None = None,
    caps: Sequence[int] | None = None,
) -> list[int]:
    """Reviews per stratum that make the stratified failure rate most precise.

    Starts from `floors` (1 each by default) and gives each next review to the stratum with the
    largest drop in share² · E[variance of its rate], the expected variance of the Jeffreys
    posterior at the guessed rate. Neyman 1934 for large n; unlike Neyman's formula a stratum
    with no failure so far never looks free. Sums to min(budget, sum of caps).
    """
    limits = [budget if share > 0 else 0 for share in shares] if caps is None else list(caps)
    n = _starting_allocation(shares, rates, budget, floors or [1] * len(shares), limits)
    while sum(n) < budget:
        open_strata = [h for h in range(len(n)) if n[h] < limits[h]]
        if not open_strata:
            break
        gains = {h: shares[h] ** 2 * _variance_drop(n[h], rates[h]) for h in open_strata}
        n[max(open_strata, key=gains.__getitem__)] += 1
    return n


def _starting_allocation(
    shares: Sequence[float],
    rates: Sequence[float],
    budget: int,
    floors: Sequence[int],
    caps: Sequence[int],
) -> list[int]:
    """One each, then up to the floors; by Neyman's weight W sqrt(p (1 - p)) if budget is short."""
    by_weight = sorted(
        range(len(shares)), key=lambda h: -shares[h] * sqrt(rates[h] * (1 - rates[h]))
    )
    n = [0] * len(shares)
    for least in ([1] * len(shares), floors):
        for h in by_weight:
            n[h] += max(0, min(least[h] - n[h], caps[h] - n[h], budget - sum(n)))
    return n


def _variance_drop(n: int, p: float) -> float:
    """How much one more review lowers the expected Jeffreys variance of a stratum's rate."""
    return _expected_variance(n, p) - _expected_variance(n + 1, p)


def _expected_variance(n: int, p: float) -> float:
    """E over x ~ Binomial(n, p) of the variance of Beta(x + .5, n - x + .5), in closed form."""
    return ((n * p + 0.5) * (n - n * p + 0.5) - n * p * (1 - p)) / ((n + 1) ** 2 * (n + 2))


def round_allocation(
    targets: Sequence[float], caps: Sequence[int], budget: int, minimum: int = 1
) -> list[int]:
    """Whole reviews near the targets, each within [minimum, cap], summing to the budget.

    Largest remainders (Hamilton) after scaling the targets to the budget and clipping. The sum
    is less than the budget only when the caps are; a budget below one per stratum goes to the
    largest targets first.
    """
    budget = min(budget, sum(caps))
    least = [min(minimum, cap) for cap in caps]
    if budget <= sum(least):
        return _to_the_largest(targets, least, budget)
    scale = budget / sum(targets) if sum(targets) > 0 else 0.0
    wanted = [target * scale for target in targets]
    n = [
        max(low, min(cap, floor(want))) for low, cap, want in zip(least, caps, wanted, strict=True)
    ]
    while sum(n) != budget:
        step = 1 if sum(n) < budget else -1
        free = [h for h in range(len(n)) if (n[h] < caps[h] if step > 0 else n[h] > least[h])]
        n[max(free, key=lambda h: step * (wanted[h] - n[h]))] += step
    return n


def _to_the_largest(targets: Sequence[float], least: Sequence[int], budget: int) -> list[int]:
    """The budget spent on the minimums of the strata with the largest targets."""
    n = [0] * len(targets)
    for h in sorted(range(len(targets)), key=lambda h: -targets[h]):
        n[h] = min(least[h], budget - sum(n))
    return n


def daily_allocation(
    today: Sequence[int], week: Sequence[int], rates: Sequence[float], budget: int
) -> list[int]:
    """Reviews per stratum for one day: the week's best allocation, scaled to today's volume.

    `today` and `week` are conversations per stratum, today included in the week (with no
    history: today's times 7). `budget` is the number of reviews today. Every stratum with
    conversations gets at least one review while the budget lasts.
    """
    if any(day > total for day, total in zip(today, week, strict=True)):
        raise ValueError("the week must include today")
    volume = sum(week)
    if volume == 0:
        return [0] * len(today)
    shares = [size / volume for size in week]
    weekly_budget = DAYS_AHEAD * budget
    floors = review_floors(shares, weekly_budget)
    weekly = allocate_greedy(shares, rates, weekly_budget, floors, week)
    targets = [
        n * day / size if size else 0.0 for n, day, size in zip(weekly, today, week, strict=True)
    ]
    return round_allocation(targets, today, budget)


def permanent_random_number(secret: bytes, key: str) -> float:
    """A uniform number in [0, 1) that belongs to the key for as long as the secret does.

    The top 53 bits of HMAC-SHA256(secret, key). Permanent random numbers: Ohlsson 1995.
    """
    digest = hmac.digest(secret, key.encode(), hashlib.sha256)
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def draw(keys: Iterable[str], n: int, secret: bytes) -> list[str]:
    """A simple random sample of n keys: those with the lowest permanent random numbers, in order.

    Reproducible from the secret, independent of the order of `keys`, and nested: a larger n only
    adds to the end. Each key counts once; all are returned when there are fewer than n.
    """
    numbered = sorted((permanent_random_number(secret, key), key) for key in set(keys))
    return [key for _, key in numbered[: max(0, n)]]
