"""What a split of traffic showed, as it is read: the stored findings, who was on which side, the
daily looks it was watched by, and the days of both sides.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from context.impacts.findings import QUESTIONS
from context.impacts.measuring import newest_of
from context.models import Agent, Arm, Figure, Impact, Release, Rollout, RolloutLook
from context.rollouts.arms import Split, daily_arm_counts, split_of
from context.rollouts.looks import ALPHA
from stats.intervals import Moments
from stats.spending import obf_spending


@dataclass(frozen=True)
class SplitDay:
    """One day of a split: the customers whose first conversation was of that day and has a value,
    and that value, on each side.
    """

    day: date
    new_n: int
    new: float | None
    live_n: int
    live: float | None


@dataclass(frozen=True)
class SplitReading:
    """A rollout that ran its planned days, with its newest findings."""

    rollout: Rollout
    impacts: dict[str, Impact]
    split: Split
    looks: list[RolloutLook]

    @property
    def query(self) -> str:
        """How an address names it."""
        return f"split={self.rollout.pk}"

    @property
    def name(self) -> str:
        """How a tab names it."""
        day = self.rollout.agent.local_date(self.rollout.started_at)
        return f"Split {self.rollout.share} % from {day:%-d %b %Y}"

    @property
    def figure(self) -> str:
        """The figure it is judged by; the first one where nothing was counted of that."""
        primary = self.rollout.primary_figure
        return primary if primary in self.impacts else next(iter(self.impacts))

    @property
    def guardrails(self) -> str:
        """What the looks were at, in words."""
        return ", ".join(Figure(name).label for name in self.rollout.guardrails.split())

    @property
    def days_looked(self) -> int:
        """On how many days it was looked at."""
        return len({look.date for look in self.looks})

    @property
    def spent(self) -> float:
        """How much of the 5 % of false alarms that all looks may raise is spent."""
        return obf_spending(self.looks[-1].information, ALPHA) if self.looks else 0.0


def split_readings(agent: Agent, release: Release) -> list[SplitReading]:
    """Every rollout of the release that has an impact, the newest first."""
    rows = release.rollouts.filter(impacts__isnull=False).distinct()
    found = []
    for rollout in rows.prefetch_related("impacts__evidence", "looks").select_related("baseline"):
        rollout.agent, rollout.release = agent, release
        impacts = newest_of(rollout.impacts.all())
        for one in impacts.values():
            one.release, one.rollout = release, rollout
        looks = list(rollout.looks.all())
        found.append(SplitReading(rollout, impacts, split_of(rollout), looks))
    return found


def days_of_split(rollout: Rollout, figures: Collection[str]) -> dict[str, list[SplitDay]]:
    """The days of some figures, in the order of the page; none where nothing was counted."""
    chosen = [figure for figure in QUESTIONS if figure in figures]
    counts = daily_arm_counts(rollout, chosen)
    return {
        figure.value: [split_day(day, sides[Arm.NEW], sides[Arm.LIVE]) for day, sides in days]
        for figure in chosen
        if (days := sorted(counts.get(figure, {}).items()))
    }


def split_day(day: date, new: Moments, live: Moments) -> SplitDay:
    """One day as it is read."""
    values = [side.mean if side.n else None for side in (new, live)]
    return SplitDay(day, new.n, values[0], live.n, values[1])
