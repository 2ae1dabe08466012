"""Rollouts of fourteen days in a world where the truth is known, looked at every day as shipped."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

import numpy as np

from bench.comparing.drawn import Rate
from bench.impacts.worlds import A_DAY, SCORES, START
from context.models import Agent, Arm, Figure, Rollout, RolloutLook
from context.rollouts.arms import Sides, difference
from context.rollouts.looks import Decision, looks_at
from stats.intervals import Interval, Moments

DAYS = 14
SHARES = {Figure.AI_HANDOVER: 0.30, Figure.REOPENED: 0.05}
SURVEYED = 0.15  # of the conversations
DAY_SD = 0.02  # shared by both sides, which is why it does not matter

Counts = dict[str, dict[Arm, Moments]]


def split(harm: float, reps: int, seed: int) -> dict[str, Rate]:
    """How often something is claimed of traffic split in halves, where the new release hands over
    `harm` more often and changes nothing else: by one look at the end, by the product's daily
    looks (an interval clear of 0 on either side; stopped), and by daily looks at a fixed 5 %.
    """
    random = np.random.default_rng(seed)
    found = {name: Rate() for name in ("one", "looks", "stopped", "fixed")}
    for _ in range(reps):
        days = drawn(random, harm)
        handed_over = [difference(Figure.AI_HANDOVER, day[Figure.AI_HANDOVER]) for day in days]
        clear, stopped = looked_at(days)
        found["one"].add(is_clear(handed_over[-1]))
        found["looks"].add(clear)
        found["stopped"].add(stopped)
        found["fixed"].add(any(map(is_clear, handed_over)))
    return found


def looked_at(days: Iterable[Mapping[str, Sides]]) -> tuple[bool, bool]:
    """Whether any daily look at the guardrails of a new agent is clear of 0, and whether one would
    have stopped the rollout; `days` are the counts up to each day.
    """
    rollout = Rollout(guardrails=Agent().rollout_guardrails, days=DAYS)
    seen: list[float] = []
    clear = stopped = False
    for number, counts in enumerate(days, 1):
        looks = looks_at(rollout, counts, START + timedelta(days=number), number / DAYS, seen)
        seen += [number / DAYS] if looks else []
        for look in looks:
            clear |= is_clear(look)
            stopped |= look.decision == Decision.STOP
    return clear, stopped


def is_clear(found: Interval | RolloutLook) -> bool:
    """Whether the interval does not hold 0."""
    return found.low is not None and found.high is not None and found.low * found.high > 0


def drawn(random: np.random.Generator, harm: float) -> list[Counts]:
    """The counts of both sides up to each of the days."""
    n = A_DAY // 2
    up_to = n * np.arange(1, DAYS + 1)
    found: list[Counts] = [{} for _ in range(DAYS)]
    for figure, share in SHARES.items():
        level = share + random.normal(0, DAY_SD * share, DAYS)
        for arm in Arm:
            more = harm if (arm, figure) == (Arm.NEW, Figure.AI_HANDOVER) else 0.0
            for day, total in enumerate(np.cumsum(random.binomial(n, level + more)).tolist()):
                side = Moments(int(up_to[day]), float(total), float(total))
                found[day].setdefault(figure, {})[arm] = side
    answers, scores = round(SURVEYED * n), np.arange(1, 6)
    for arm in Arm:
        given = np.cumsum(random.multinomial(answers, SCORES, DAYS), axis=0)
        for day, counts in enumerate(given):
            side = Moments(int(counts.sum()), float(counts @ scores), float(counts @ scores**2))
            found[day].setdefault(Figure.CSAT, {})[arm] = side
    return found
