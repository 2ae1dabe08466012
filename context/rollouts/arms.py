"""The two sides of a rollout in numbers: who is on them, and what each figure is there.

Customers are the unit: each counts once, with their first conversation in the rollout.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from context.models import Arm, ArmCount, Figure, Rollout
from stats.intervals import (
    Interval,
    Moments,
    mean_interval,
    newcombe_diff,
    welch_diff,
    wilson_interval,
)
from stats.split import sample_ratio_p

SCORES = (Figure.CSAT, Figure.CSAT_AI, Figure.CSAT_MIXED, Figure.CSAT_HUMAN)
MEANS = (*SCORES, Figure.COST)
SCALE = (1.0, 5.0)
UNEVEN_BELOW = 0.001  # the p-value at which a split is not the planned one
CROSSED_ABOVE = 0.05  # the share answered by the other side's release from which on it is said
NOTHING = Moments(0, 0.0, 0.0)

Sides = Mapping[Arm, Moments]


def arm_counts(rollout: Rollout, before: date | None = None) -> dict[str, dict[Arm, Moments]]:
    """Each figure on both sides: n, sum and sum of squares, of all days or those before one."""
    rows = rollout.counts.exclude(arm="").order_by()
    if before is not None:
        rows = rows.filter(date__lt=before)
    sums = rows.values_list("figure", "arm").annotate(Sum("n"), Sum("total"), Sum("total_squares"))
    found: dict[str, dict[Arm, Moments]] = {}
    for figure, arm, n, total, squares in sums:
        sides = found.setdefault(figure, dict.fromkeys(Arm, NOTHING))
        sides[Arm(arm)] = Moments(n, total, squares)
    return found


def daily_arm_counts(
    rollout: Rollout, figures: Collection[str]
) -> dict[str, dict[date, dict[Arm, Moments]]]:
    """Some figures on both sides, day by day."""
    found: dict[str, dict[date, dict[Arm, Moments]]] = {}
    for row in rollout.counts.filter(figure__in=figures).exclude(arm=""):
        days = found.setdefault(row.figure, {})
        sides = days.setdefault(row.date, dict.fromkeys(Arm, NOTHING))
        sides[Arm(row.arm)] = Moments(row.n, row.total, row.total_squares)
    return found


def value_on(figure: str, counted: Moments) -> Interval:
    """A figure on one side: a share with Wilson's interval, a mean with Student's."""
    if figure in MEANS:
        scale = SCALE if figure in SCORES else None
        return mean_interval(*counted, scale)
    return wilson_interval(counted.total, counted.n)


def difference(figure: str, sides: Sides, alpha: float = 0.05) -> Interval:
    """New release minus live release: what the release caused. Newcombe for a share, Welch for a
    mean; the customers are independent of each other.
    """
    new, live = sides[Arm.NEW], sides[Arm.LIVE]
    if figure in MEANS:
        return welch_diff(new, live, alpha)
    return newcombe_diff(new.total, new.n, live.total, live.n, alpha)


@dataclass(frozen=True)
class Side:
    """Who is on one side: customers (their first conversations), further conversations of theirs,
    and first conversations that the other side's release answered.
    """

    customers: int = 0
    repeated: int = 0
    crossed: int = 0

    @property
    def crossed_share(self) -> float:
        """The share that did not get what it was assigned."""
        return self.crossed / self.customers if self.customers else 0.0


@dataclass(frozen=True)
class Split:
    """How the customers of a rollout were split, beside what was planned."""

    share: int
    new: Side
    live: Side
    without_reference: int

    @property
    def customers(self) -> int:
        """Customers on both sides."""
        return self.new.customers + self.live.customers

    @property
    def new_share(self) -> float | None:
        """The share that was on the new side."""
        return self.new.customers / self.customers if self.customers else None

    @property
    def p(self) -> float:
        """How likely so uneven a split is if the rule was followed."""
        return sample_ratio_p(self.new.customers, self.live.customers, self.share / 100)

    @property
    def is_uneven(self) -> bool:
        """Whether conversations of one side are missing: no comparison is fair then."""
        return self.p < UNEVEN_BELOW

    @property
    def crossed_share(self) -> float:
        """The share of all customers whom the other side's release answered."""
        crossed = self.new.crossed + self.live.crossed
        return crossed / self.customers if self.customers else 0.0

    @property
    def is_not_followed(self) -> bool:
        """Whether so many got the other side's release that an effect looks smaller than it is."""
        return max(self.new.crossed_share, self.live.crossed_share) > CROSSED_ABOVE

    @property
    def repeated_share(self) -> float:
        """The share of conversations that were not their customer's first, and so not counted."""
        repeated = self.new.repeated + self.live.repeated
        return repeated / (repeated + self.customers) if self.customers else 0.0


def split_of(rollout: Rollout, counts: Mapping[str, Sides] | None = None) -> Split:
    """Who is on which side, from the counts as `arm_counts` gives them."""
    known = arm_counts(rollout) if counts is None else counts
    both = dict.fromkeys(Arm, NOTHING)
    crossed = known.get(ArmCount.CROSSED, both)
    repeated = known.get(ArmCount.REPEATED, both)
    new, live = (
        Side(crossed[arm].n, round(repeated[arm].total), round(crossed[arm].total))
        for arm in (Arm.NEW, Arm.LIVE)
    )
    unnamed = rollout.counts.filter(arm="", figure=Figure.CONVERSATIONS).aggregate(n=Sum("n"))
    return Split(rollout.share, new, live, unnamed["n"] or 0)
