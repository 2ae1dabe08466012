"""Eras: the days judged by one judge version with one scorecard.

A change of either starts a new era. The quality figure stays unbiased across a change of judge,
because people's verdicts carry it; the judge's own counts do not compare across it. Across a change
of scorecard "failed" itself means something else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import Count, Min

from context.models import Agent
from llm.states import WorkState
from reviews.judging.planning import reviews_of
from reviews.models import JudgeVersion, Scorecard


@dataclass(frozen=True)
class Era:
    """From when on a judge version judged with a scorecard."""

    first_day: date
    judge: JudgeVersion
    scorecard: Scorecard

    @property
    def name(self) -> str:
        """`gpt-5 1f3a09c2, scorecard 2`."""
        return f"{self.judge}, {self.scorecard}"


def eras(agent: Agent, first_day: date, last_day: date) -> list[Era]:
    """The eras of the days, oldest first; the first begins with the first reviewed day of them.

    A day belongs to the pair with which most of it was judged, of equals the one that came first:
    judging a day again later changes nothing.
    """
    days = reviews_of(agent).filter(day__range=(first_day, last_day), state=WorkState.DONE)
    rows = (
        days.order_by()
        .values_list("day", "judge", "scorecard")
        .annotate(size=Count("pk"), first=Min("pk"))
    )
    ordered = sorted(rows, key=lambda row: (row[0], -row[3], row[4]))
    by_day = [next(same) for _, same in groupby(ordered, key=lambda row: row[0])]
    found = [next(same) for _, same in groupby(by_day, key=lambda row: row[1:3])]
    judges = JudgeVersion.objects.in_bulk({row[1] for row in found})
    scorecards = Scorecard.objects.in_bulk({row[2] for row in found})
    return [Era(row[0], judges[row[1]], scorecards[row[2]]) for row in found]


def changes(found: Sequence[Era]) -> list[Era]:
    """The eras that began with a change: all but the first."""
    return list(found[1:])


def scorecard_changes(found: Sequence[Era]) -> list[Era]:
    """The eras that began with another scorecard."""
    return [
        later
        for earlier, later in zip(found, found[1:], strict=False)
        if earlier.scorecard != later.scorecard
    ]
