"""How much more a daily rate varies than conversations that do not depend on each other would."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple


class Dispersion(NamedTuple):
    """The pooled rate; its Pearson dispersion, 1 where days differ by chance alone; the rate's
    standard error with it.
    """

    rate: float
    dispersion: float
    se: float


def daily_overdispersion(x: Sequence[float], n: Sequence[float]) -> Dispersion | None:
    """sum (x_t - n_t p)² / (n_t p (1 - p)) / (T - 1) over days that have conversations.

    Well above 1, conversations of a day are alike, and methods that take them one by one claim too
    much. None for fewer than two days, or where every conversation or none counts. McCullagh &
    Nelder 1989.
    """
    days = [(counted, among) for counted, among in zip(x, n, strict=True) if among]
    total = sum(among for _, among in days)
    if len(days) < 2 or not 0 < (successes := sum(counted for counted, _ in days)) < total:
        return None
    p = successes / total
    pearson = sum((counted - among * p) ** 2 / (among * p * (1 - p)) for counted, among in days)
    dispersion = pearson / (len(days) - 1)
    return Dispersion(p, dispersion, sqrt(dispersion * p * (1 - p) / total))
