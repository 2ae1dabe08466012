"""What a release caused, from a rollout that ran its planned days: the one true experiment.

Both sides share every day, so customers are independent and no regression is needed: Newcombe's
interval for a share (its p by Pearson's chi-square), Welch's for a mean. A rollout that ended
before its planned days says nothing here: stopping when it looks well would choose the result.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from math import sqrt

from django.db import transaction

from context.impacts.findings import QUESTIONS, Finding
from context.impacts.measuring import newest_of, same_finding
from context.impacts.verdicts import RIPE_AFTER, adjusted_p, conclude, matters, role_of, row_of
from context.models import Agent, Arm, Figure, Impact, Rollout
from context.rollouts.arms import MEANS, Sides, Split, arm_counts, difference, split_of
from stats.intervals import Interval
from stats.quantiles import normal_below


def measure_rollouts(agent: Agent, at: datetime) -> list[Impact]:
    """The impact of every rollout that ran its planned days and is not final; the new rows."""
    made: list[Impact] = []
    for rollout in agent.rollouts.filter(ends_at__lte=at).select_related("release"):
        if rollout.done_share(at) == 1:
            made += measure_split(agent, rollout, at)
    return made


@transaction.atomic
def measure_split(agent: Agent, rollout: Rollout, at: datetime) -> list[Impact]:
    """One rollout's new rows; none where nothing changed since the last time."""
    known = newest_of(rollout.impacts.all())
    if known and not any(row.provisional for row in known.values()):
        return []
    rows = rows_of_split(agent, rollout, arm_counts(rollout), at)
    new = [r for r in rows if r.figure not in known or not same_finding(known[r.figure], r)]
    return Impact.objects.bulk_create(new)


def rows_of_split(
    agent: Agent, rollout: Rollout, counts: Mapping[str, Sides], at: datetime
) -> list[Impact]:
    """A row a figure, the p-values adjusted within each role; not saved."""
    split = split_of(rollout, counts)
    findings = [finding_of(rollout, f, counts[f], split) for f in QUESTIONS if f in counts]
    roles = {one.figure: role_of(one.figure, rollout.primary_figure) for one in findings}
    adjusted = adjusted_p(findings, roles)
    last = agent.local_date(rollout.ends_at)
    rows = []
    for one in findings:
        row = row_of(one, matters(agent, one.figure))
        row.release, row.rollout, row.computed_at = rollout.release, rollout, at
        row.role, row.provisional = roles[one.figure], agent.local_date(at) <= last + RIPE_AFTER
        row.first_day, row.last_day = agent.local_date(rollout.started_at), last
        row.adjusted_p, row.family = adjusted.get(one.figure, (None, 1))
        conclude(row, one)
        rows.append(row)
    return rows


def finding_of(rollout: Rollout, figure: Figure, sides: Sides, split: Split) -> Finding:
    """The difference of one figure, with its p; refused where the split is not the planned one."""
    found = difference(figure, sides)
    if split.is_uneven:
        found = Interval.refused(uneven(split), found.n, found.method)
    elif figure not in MEANS and not found.is_refused:
        found = replace(found, exact_p=equal_shares_p(sides))
    live, new = sides[Arm.LIVE], sides[Arm.NEW]
    return Finding(figure, found, live, new, rollout.days, rollout.days)


def uneven(split: Split) -> str:
    """Why no comparison of the sides is fair."""
    return (
        f"{split.new.customers:,} of {split.customers:,} customers are on the new side, where "
        f"{split.share} % were planned: so uneven a split is no chance, conversations of one side "
        "are missing"
    )


def equal_shares_p(sides: Sides) -> float:
    """Two-sided p of "both shares are the same". Pearson 1900, without correction."""
    new, live = sides[Arm.NEW], sides[Arm.LIVE]
    share = (new.total + live.total) / (new.n + live.n)
    se = sqrt(share * (1 - share) * (1 / new.n + 1 / live.n))
    return 2 * normal_below(-abs(new.mean - live.mean) / se) if se else 1.0
