"""Today's quality from the judge alone: a secondary line, as long as the judge is unchanged.

The judge's own share of failures is corrected by how it erred over four weeks of its era
(`stats.nowcast`). It is hidden, with the reason, when the canary does not vouch for the judge.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from context.models import Agent
from llm.states import WorkState
from reviews.agreement.figures import overall_error
from reviews.canary.verdict import compared, guard
from reviews.judging.planning import reviews_of
from reviews.quality.eras import Era, eras
from stats.intervals import Interval
from stats.nowcast import label_shift

LABELS_FROM = timedelta(days=27)  # with the day itself: 28 days


@dataclass(frozen=True)
class Nowcast:
    """The quality of one day as the judge sees it, corrected, or the reason why it is hidden."""

    day: date
    interval: Interval
    labels_from: date | None
    judged: int
    failed: int


def nowcast(agent: Agent, day: date) -> Nowcast:
    """Estimate a day's quality assuming an unchanged judge: that of the day, with its scorecard."""
    known = eras(agent, day - LABELS_FROM, day)
    if not known:
        return _hidden(day, "the judge has reviewed nothing in four weeks")
    era = known[-1]
    mine = agent.canary_checks.filter(judge=era.judge, scorecard=era.scorecard).first()
    if reason := guard(compared(mine) if mine else None):
        return _hidden(day, reason)
    first = max(era.first_day, day - LABELS_FROM)
    judged, failed = _counts(agent, day, era)
    _, found = overall_error(agent, first, day, era.judge)
    interval = label_shift(failed, judged, found.sensitivity, found.specificity)
    return Nowcast(day, interval.complement(), first, judged, failed)


def _hidden(day: date, reason: str) -> Nowcast:
    return Nowcast(day, Interval.refused(reason, 0, "label shift"), None, 0, 0)


def _counts(agent: Agent, day: date, era: Era) -> tuple[int, int]:
    """Conversations of the day the judge of the era judged, and how many of them it failed."""
    rows = reviews_of(agent, day).filter(
        state=WorkState.DONE, judge=era.judge, scorecard=era.scorecard, passed__isnull=False
    )
    said = list(rows.values_list("passed", flat=True))
    return len(said), said.count(False)
