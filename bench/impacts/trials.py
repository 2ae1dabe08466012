"""Many releases in one world, measured by the product's functions and by a plain before/after."""

from dataclasses import dataclass, field
from statistics import fmean

import numpy as np

from bench.comparing.drawn import Rate as Rate
from bench.impacts.worlds import A_DAY, World
from context.arms import difference
from context.impact_days import Days, days_of, together
from context.impact_findings import find
from context.models import Arm
from stats.impact import verdict
from stats.intervals import Interval, Moments, newcombe_diff, welch_diff
from stats.spending import nominal_levels

MATTERS = 0.03
LOOKS = [day / 14 for day in range(1, 15)]
SPLIT_BASE = 0.7


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


def split(effect: float, reps: int, seed: int, sd: float = 0.02) -> dict[str, Rate]:
    """Claims on traffic split in halves for 14 days with day noise: one look at the end, fourteen
    looks with alpha spending, and fourteen at a fixed 5 %.
    """
    random = np.random.default_rng(seed)
    levels, found = nominal_levels(LOOKS), {name: Rate() for name in ("one", "spent", "fixed")}
    for _ in range(reps):
        level = SPLIT_BASE + random.normal(0, sd, len(LOOKS))
        arms = [np.cumsum(random.binomial(A_DAY // 2, level + shift)) for shift in (effect, 0.0)]
        n = A_DAY // 2 * np.arange(1, len(LOOKS) + 1)
        sides = [
            {arm: Moments(int(m), float(x), float(x)) for arm, m, x in zip(
                (Arm.NEW, Arm.LIVE), (size, size), (new, live), strict=True)}
            for size, new, live in zip(n, *arms, strict=True)
        ]  # fmt: skip
        found["one"].add(differs(sides[-1], 0.05))
        found["spent"].add(any(map(differs, sides, levels)))
        found["fixed"].add(any(differs(side, 0.05) for side in sides))
    return found


def differs(sides: dict[Arm, Moments], alpha: float) -> bool:
    """Whether the product's comparison of two arms is clear of 0 at this level."""
    interval = difference("ai_resolved", sides, alpha)
    return (
        interval.low is not None
        and interval.high is not None
        and (interval.low > 0 or interval.high < 0)
    )
