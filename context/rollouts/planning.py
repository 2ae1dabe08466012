"""What a rollout could show, said before one is started: the smallest change it would find."""

from datetime import datetime, timedelta
from typing import NamedTuple

from context.measurements import series
from context.models import Agent, Figure, Rollout
from context.models.rollouts import MOST_SHARE
from context.rollouts.arms import MEANS
from stats.planning import mde_two_proportions

PAST = timedelta(days=28)
SHARES = (10, 20, MOST_SHARE)


class Findable(NamedTuple):
    """The smallest changes of a share of the customers, in points, one for each planned length."""

    share: int
    points: list[float]


class Outlook(NamedTuple):
    """What rollouts of an agent could find, at the volume and level of the last four weeks."""

    figure: str
    a_day: float
    days: list[int]
    rows: list[Findable]


def outlook(agent: Agent, at: datetime) -> Outlook | None:
    """The smallest change of the agent's primary figure that is found four times in five.

    Every conversation is taken to be another customer's, so a rollout finds rather less. None where
    the figure is no share, or all or none of the conversations had it.
    """
    figure = Figure(agent.impact_figure)
    yesterday = agent.local_date(at) - timedelta(days=1)
    days = series(agent, figure, yesterday - PAST + timedelta(days=1), yesterday)
    n, total = sum(day.n for day in days), sum(day.total for day in days)
    if figure in MEANS or not 0 < total < n:
        return None
    a_day, level = n / PAST.days, total / n
    rows = [
        Findable(
            share,
            [100 * mde_two_proportions(level, per_arm(a_day * d, share)) for d in Rollout.Days],
        )
        for share in SHARES
    ]
    return Outlook(figure.label, a_day, [int(d) for d in Rollout.Days], rows)


def per_arm(conversations: float, share: int) -> float:
    """How many an arm two equal arms would have that tell as much as these two of unequal size:
    the harmonic mean of their sizes.
    """
    new = share / 100
    return 2 * conversations * new * (1 - new)
