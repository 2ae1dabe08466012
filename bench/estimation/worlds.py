"""Four weeks of an agent: volumes and failures that vary by day, and a queue drawn every morning.

Everything that decides about the draw is the shipped code: `stats.sampling` learns the failure
rates of the grades from past labels and spreads the day's reviews.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.estimation.judges import Judge
from stats.sampling import (
    PRIOR_FAILURE_RATES,
    allocate_greedy,
    daily_allocation,
    failure_rates,
    review_floors,
)

DAYS, WEEK = 28, 7
A_DAY = 2000  # conversations
WEEKDAYS = (1.15, 1.1, 1.05, 1.05, 1.0, 0.85, 0.8)  # of the mean volume
VOLUME_NOISE, RATE_NOISE = 0.10, 0.15  # standard deviations of the logarithm, by day
BUDGET = 30  # reviews a day
PAST_LABELS = 200

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Case:
    """What is tried: a judge, the judge of the past labels (None: no labels), a failure rate."""

    judge: Judge
    past: Judge | None
    failure_rate: float


@dataclass(frozen=True)
class World:
    """Sizes, reviews and true failure rates by day and grade; arrays of 28 days by 5 grades."""

    sizes: Counts
    reviews: Counts
    rates: NDArray[np.float64]


def make_world(case: Case, random: np.random.Generator) -> World:
    """One agent over a week before the window (for its volumes) and the window of four weeks."""
    days = WEEK - 1 + DAYS
    volumes = A_DAY * np.resize(WEEKDAYS, days) * random.lognormal(0, VOLUME_NOISE, days)
    drift = random.lognormal(-(RATE_NOISE**2) / 2, RATE_NOISE, days)
    graded = [case.judge.grades(min(0.95, case.failure_rate * one)) for one in drift]
    sizes = np.array(
        [
            random.multinomial(round(volume), shares)
            for volume, (shares, _) in zip(volumes, graded, strict=True)
        ]
    )
    learned = learn(case, random)
    reviews = [
        daily_allocation(
            sizes[day].tolist(), sizes[day - WEEK + 1 : day + 1].sum(0).tolist(), learned, BUDGET
        )
        for day in range(WEEK - 1, days)
    ]
    rates = np.array([rates for _, rates in graded])
    return World(sizes[WEEK - 1 :], np.array(reviews), rates[WEEK - 1 :])


def learn(case: Case, random: np.random.Generator) -> list[float]:
    """Failure rates by grade from 200 past labels, drawn as they are before there is any label."""
    if case.past is None:
        return list(PRIOR_FAILURE_RATES)
    shares, rates = case.past.grades(case.failure_rate)
    floors = review_floors(shares.tolist(), PAST_LABELS)
    reviewed = allocate_greedy(shares.tolist(), PRIOR_FAILURE_RATES, PAST_LABELS, floors)
    failed = random.binomial(reviewed, rates)
    return failure_rates(failed.tolist(), reviewed)
