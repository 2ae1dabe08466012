"""Many releases in one world, measured by the product's functions and by a plain before/after."""

from dataclasses import dataclass, field
from statistics import fmean

import numpy as np

from bench.comparing.drawn import Rate as Rate
from bench.impacts.worlds import World
from context.impacts.days import Days, days_of, together
from context.impacts.findings import find
from stats.impact import verdict
from stats.intervals import Interval, newcombe_diff, welch_diff

MATTERS = 0.03


@dataclass
class Tally:
    """How one method did: claims of a change, intervals that hold the truth, mean half-width."""

    claims: Rate = field(default_factory=Rate)
    covers: Rate = field(default_factory=Rate)
    widths: list[float] = field(default_factory=list)

    def add(self, interval: Interval, truth: float) -> None:
        """Count one measured release."""
        said = verdict(interval, "higher", MATTERS)
        self.claims.add(said in ("improved", "regressed"))
        low, high = interval.low, interval.high
        self.covers.add(low is not None and high is not None and low <= truth <= high)
        if interval.half_width is not None:
            self.widths.append(interval.half_width)

    @property
    def width(self) -> float:
        """The mean half-width."""
        return fmean(self.widths) if self.widths else float("nan")


def measure(world: World, effect: float, reps: int, seed: int) -> tuple[Tally, Tally]:
    """Ours and plain before/after on the same drawn days."""
    random = np.random.default_rng(seed)
    ours, plain, window = Tally(), Tally(), world.window()
    for _ in range(reps):
        counts = world.draw(random, window, effect)
        found = find(world.figure, counts, window, [], "not looked at here")
        ours.add(found.interval, effect)
        plain.add(before_after(days_of(counts, world.figure, window), world.csat), effect)
    return ours, plain


def before_after(days: Days, csat: bool) -> Interval:
    """The week before against the week after, conversations taken one by one."""
    before, after = together(days.before[-7:]), together(days.after[-7:])
    if csat:
        return welch_diff(after, before)
    return newcombe_diff(after.total, after.n, before.total, before.n)
