"""Looking every day at a split of traffic without raising the alarm more often.

Fourteen looks at a fixed 5 % make 22 % false alarms. An O'Brien-Fleming type spending function
gives nearly nothing to early looks and nearly all to the last: 5 % in all, at nearly the power of
one single look.
"""

from functools import lru_cache
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from stats.quantiles import normal_below, normal_below_each, normal_quantile

GRID = 401  # points of the density that is carried from look to look
WIDEST = 8.0  # standard deviations


def obf_spending(information: float, alpha: float = 0.05) -> float:
    """The two-sided alpha spent up to a fraction of the planned information, 0 < t <= 1.

    2 (1 - Phi(z / sqrt t)), z = z_(1 - alpha/2). Lan & DeMets 1983, O'Brien-Fleming type.
    """
    if not 0 < information <= 1:
        raise ValueError(f"{information} is no fraction of the planned information")
    return 2 * (1 - normal_below(normal_quantile(1 - alpha / 2) / sqrt(information)))


@lru_cache(maxsize=128)  # every look at one plan solves the boundaries of those before it
def nominal_levels(information: tuple[float, ...], alpha: float = 0.05) -> tuple[float, ...]:
    """The two-sided level at which each look may be tested, so that all together spend `alpha`.

    `information` are the fractions of the looks so far, rising, the last <= 1. The boundary of
    each look is solved from the density of the score that has not crossed an earlier one,
    integrated numerically. Armitage, McPherson & Rowe 1969; Lan & DeMets 1983.
    """
    if any(later <= earlier for earlier, later in pairwise((0.0, *information))):
        raise ValueError("every look needs more information than the one before")
    grid, density = np.zeros(1), np.ones(1)
    last, spent, levels = 0.0, 0.0, []
    for now in information:
        target = obf_spending(now, alpha) - spent
        bound = _boundary(grid, density, sqrt(now - last), target)
        levels.append(2 * (1 - normal_below(bound / sqrt(now))))
        grid, density = _carried(grid, density, sqrt(now - last), bound)
        last, spent = now, spent + target
    return tuple(levels)


def _boundary(
    grid: NDArray[np.float64], density: NDArray[np.float64], sd: float, target: float
) -> float:
    """The |score| that is first crossed at this look with probability `target`."""
    low, high = 0.0, WIDEST
    for _ in range(60):
        middle = (low + high) / 2
        beyond = normal_below_each((grid - middle) / sd) + normal_below_each((-grid - middle) / sd)
        low, high = (middle, high) if float(density @ beyond) > target else (low, middle)
    return (low + high) / 2


def _carried(
    grid: NDArray[np.float64], density: NDArray[np.float64], sd: float, bound: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The score's weights on a new grid inside the boundary, after one more increment."""
    new = np.linspace(-bound, bound, GRID)
    width = np.full(GRID, new[1] - new[0])
    width[[0, -1]] /= 2  # the trapezoid rule
    steps = (new[:, None] - grid[None, :]) / sd
    spread = np.exp(-0.5 * steps * steps) / (sd * sqrt(2 * np.pi))
    return new, (spread @ density) * width
