"""Worlds with a known effect: days with noise of their own, trends, shifts of who writes."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from context.impacts.days import Counts
from context.impacts.window import Period, Window, comparable_window
from context.models import Figure
from stats.intervals import Moments

WEEKDAYS = np.array([0, 0.02, 0.02, 0, -0.01, -0.02, -0.03])
START = date(2026, 11, 2)
A_DAY = 2000
HARD_SHARE, HARD_SHARE_AFTER = 0.20, 0.28
EASY, HARD = 0.775, 0.40  # 70 % together
EARLIER_SD = 0.02  # levels that the weekly releases before had, each at random
SCORES = np.array([0.16, 0.04, 0.05, 0.15, 0.60])  # of 1 to 5; a shift moves ones to fives
ANSWERS, ANSWERS_AFTER = 600, 200  # surveys a day, and when fewer answer


@dataclass(frozen=True)
class World:
    """What the days are like; shares in fractions. `csat` draws scores and not shares."""

    name: str
    sd: float = 0.0
    r: float = 0.0
    weekly: bool = False
    mix_shift: bool = False
    trend: float = 0.0  # a week
    csat: bool = False
    survey_drop: bool = False

    @property
    def figure(self) -> Figure:
        """The figure the world is about."""
        return Figure.CSAT if self.csat else Figure.AI_RESOLVED

    def window(self) -> Window:
        """The days the product compares around the release in this world."""
        if self.weekly:
            starts = [START + timedelta(weeks=week) for week in range(-9, 2)]
            ends: list[date | None] = [*starts[1:], None]
            spans = zip(starts, ends, strict=True)
            periods = [Period(n, n, start, end) for n, (start, end) in enumerate(spans, 1)]
            place = len(periods) - 2
        else:
            first = START - timedelta(weeks=12 if self.trend else 5)
            periods = [Period(1, 1, first, START), Period(2, 2, START, None)]
            place = 1
        window = comparable_window(periods, place, 7, START + timedelta(days=60))
        assert isinstance(window, Window)
        return window

    def noise(self, random: np.random.Generator, days: int) -> NDArray[np.float64]:
        """Day effects with this spread and autocorrelation."""
        shocks = random.normal(0, self.sd, days) if self.sd else np.zeros(days)
        effects = shocks.copy()
        for day in range(1, days):
            effects[day] = self.r * effects[day - 1] + np.sqrt(1 - self.r**2) * shocks[day]
        return effects

    def draw(self, random: np.random.Generator, window: Window, effect: float) -> Counts:
        """The counts of a window as the product reads them, with this effect of the release."""
        slots = window.slots
        place = np.arange(len(slots))
        on_it = place >= window.release_day
        level = WEEKDAYS[[slot.place.weekday() for slot in slots]] * (2.0 if self.csat else 1.0)
        level = level + self.noise(random, len(slots)) + effect * on_it
        level = level + self.trend * (place - window.release_day) / 7
        if self.weekly:
            weeks = random.normal(0, EARLIER_SD, window.release_day // 7)
            # The effect is told from the level that the release before had left.
            level = level + weeks[np.minimum(place // 7, len(weeks) - 1)]
        days: dict[tuple[date, int | None], dict[tuple[str, ...], Moments]] = {}
        for slot, value, after in zip(slots, level, on_it, strict=True):
            if slot.period and slot.days:
                days[slot.days[0], slot.period.release_id] = self.day(random, value, bool(after))
        return {self.figure: days}

    def day(
        self, random: np.random.Generator, value: float, after: bool
    ) -> dict[tuple[str, ...], Moments]:
        """One day's counts by topic."""
        if self.csat:
            n = ANSWERS_AFTER if after and self.survey_drop else ANSWERS
            moved = np.array([-value / 4, 0, 0, 0, value / 4])
            counts = random.multinomial(n, SCORES + moved)
            scores = np.arange(1, 6)
            total, squares = float(counts @ scores), float(counts @ scores**2)
            return {("all", "", ""): Moments(n, total, squares)}
        share = HARD_SHARE_AFTER if after and self.mix_shift else HARD_SHARE
        hard = int(random.binomial(A_DAY, share))
        found = {}
        for topic, n, rate in (("easy", A_DAY - hard, EASY), ("hard", hard, HARD)):
            passed = int(random.binomial(n, min(1.0, max(0.0, rate + value))))
            found[topic, "", ""] = Moments(n, float(passed), float(passed))
        return found


NOISES = ((0.0, 0.0), (0.01, 0.0), (0.01, 0.3), (0.02, 0.0), (0.02, 0.3), (0.02, 0.6))


def worlds() -> list[World]:
    """Quiet and weekly pasts at every noise; then what else may move, at some."""
    found = [
        World(f"{name}, SD {100 * sd:.0f}, r {r:g}", sd, r, weekly)
        for name, weekly in (("quiet month", False), ("weekly releases", True))
        for sd, r in NOISES
    ]
    for sd, r in ((0.0, 0.0), (0.01, 0.3), (0.02, 0.3)):
        noise = f"SD {100 * sd:.0f}, r {r:g}"
        found += [
            World(f"mix shift, {noise}", sd, r, mix_shift=True),
            World(f"mix shift, weekly releases, {noise}", sd, r, weekly=True, mix_shift=True),
            World(f"trend +0.3 a week, {noise}", sd, r, trend=0.003),
        ]
    return [
        *found,
        World("CSAT, SD .03, r .3", 0.03, 0.3, csat=True),
        World("CSAT, a third of the answers, SD .03, r .3", 0.03, 0.3, csat=True, survey_drop=True),
    ]
