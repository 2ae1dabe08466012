"""What ended runs claimed: kept once on the run, so that a claim can be seen among the others."""

from datetime import datetime, timedelta

from context.models import Agent
from stats.multiple import Alarms, alarms
from testing.comparing.comparison import Comparison, compare
from testing.comparing.looks import LEVEL, Claim, claims
from testing.models import Run

YEAR = timedelta(weeks=52)


def keep_claim(run: Run) -> None:
    """Write down what a run that has just ended claims; one with ended retries claims anew."""
    difference = compare(run).difference
    estimate, p = (difference.estimate, difference.p) if difference else (None, None)
    Run.objects.filter(pk=run.pk).update(difference=estimate, difference_p=p)
    run.difference, run.difference_p = estimate, p


def claim_of(run: Run, comparison: Comparison) -> Claim | None:
    """What the run claims, as one of the suites in which its release was compared."""
    if run.baseline_id is None or comparison.difference is None:
        return None
    rows = Run.objects.filter(release=run.release_id, baseline=run.baseline_id).claiming()
    others = rows.exclude(suite=run.suite_id).newest_per_suite()
    p_values: dict[int, float | None] = dict(others.values_list("pk", "difference_p"))
    return claims(p_values | {run.pk: comparison.difference.p}).get(run.pk)


def running_count(agent: Agent, now: datetime) -> Alarms:
    """The claims of the last 52 weeks beside those that luck alone would raise.

    The newest run of each suite and release counts: running again is no new look.
    """
    runs = Run.objects.filter(suite__agent=agent, finished_at__gt=now - YEAR).claiming()
    looks = runs.order_by("pk").values_list("suite", "release", "baseline", "difference_p")
    newest = {(suite, release, live): p for suite, release, live, p in looks}
    return alarms([p for p in newest.values() if p is not None], LEVEL)
