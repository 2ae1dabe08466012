"""The daily look at a running rollout: harm beyond noise gives its customers back at once.

Looking fourteen times at a fixed 5 % would stop 22 of 100 harmless releases. Each look is tested at
the level that O'Brien-Fleming spending leaves it (`stats.spending`), and the guardrails share it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from django.db import transaction

from context.impacts.findings import QUESTIONS
from context.models import Agent, Arm, Figure, Rollout, RolloutLook
from context.rollouts.arms import NOTHING, Sides, arm_counts, difference
from stats.intervals import Interval
from stats.spending import nominal_levels

ALPHA = 0.05  # of both directions together; only harm stops, which is half of it
EARLIEST = 0.1  # no look before this share of the planned days: its level would be near nothing
STEP = 0.01  # a look needs to see more than the one before
LEAST_CUSTOMERS = 30  # on each side, with a value of the figure

Decision = RolloutLook.Decision


def look_at_rollouts(agent: Agent, at: datetime) -> list[RolloutLook]:
    """Look at the agent's running rollout as of the days before today; at most once a day."""
    day = agent.local_date(at)
    with transaction.atomic():
        agent.hold()
        rollout = agent.rollouts.filter(status=Rollout.Status.RUNNING).first()
        if rollout is None:
            return []
        rollout.agent = agent
        looks = looks_of(rollout, day)
        RolloutLook.objects.bulk_create(looks)
        if harm := [look for look in looks if look.decision == Decision.STOP]:
            rollout.stop(at, None, "; ".join(look.sentence for look in harm))
    return looks


def looks_of(rollout: Rollout, day: date) -> list[RolloutLook]:
    """One look a guardrail, not stored yet; none where the day has nothing new to see."""
    midnight = datetime.combine(day, time.min, tzinfo=rollout.agent.workspace.zone)
    seen = sorted(set(rollout.looks.order_by().values_list("information", flat=True)))
    counts = arm_counts(rollout, before=day)
    return looks_at(rollout, counts, day, rollout.done_share(midnight), seen)


def looks_at(
    rollout: Rollout,
    counts: Mapping[str, Sides],
    day: date,
    information: float,
    seen: Sequence[float],
) -> list[RolloutLook]:
    """The looks at these counts, after those at the shares of the planned days in `seen`; pure,
    so that `./run bench impact` simulates what ships.
    """
    figures = rollout.guardrails.split()
    if not figures or information < max(EARLIEST, seen[-1] + STEP if seen else 0):
        return []
    level = nominal_levels((*seen, information), ALPHA / len(figures))[-1]
    return [look_at(rollout, figure, counts, day, information, level) for figure in figures]


def look_at(
    rollout: Rollout,
    figure: str,
    counts: Mapping[str, Sides],
    day: date,
    information: float,
    level: float,
) -> RolloutLook:
    """What one figure shows at this level."""
    sides = counts.get(figure, dict.fromkeys(Arm, NOTHING))
    new, live = sides[Arm.NEW], sides[Arm.LIVE]
    interval = difference(figure, sides, level)
    return RolloutLook(
        rollout=rollout,
        date=day,
        figure=Figure(figure),
        information=information,
        level=level,
        n_new=new.n,
        n_live=live.n,
        new=new.mean if new.n else None,
        live=live.mean if live.n else None,
        difference=interval.estimate,
        low=interval.low,
        high=interval.high,
        decision=decide(figure, interval, (new.n, live.n)),
    )


def decide(figure: str, interval: Interval, customers: Sequence[int]) -> RolloutLook.Decision:
    """Stop when the whole interval lies on the bad side of 0; a pure function."""
    if min(customers) < LEAST_CUSTOMERS or interval.low is None or interval.high is None:
        return Decision.TOO_FEW
    lower_is_better = QUESTIONS[Figure(figure)].better == "lower"
    harmed = interval.low > 0 if lower_is_better else interval.high < 0
    return Decision.STOP if harmed else Decision.GO_ON
