"""The quality figure: the share of conversations without a failed critical criterion.

People read a biased queue; the strata and probabilities stored with the draw undo the bias
(`stats.quality`). Days are those on which the conversations ended.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q

from context.models import Agent
from llm.states import WorkState
from reviews.models import QueueItem, Review, Stratum, Verdict
from reviews.planning import reviews_of
from stats.intervals import Interval
from stats.quality import Cell, quality_interval
from stats.strata import Stratum as Sampled

ONE_DAY = timedelta(days=1)
BIASED_SKIP_RATE = 0.10


@dataclass(frozen=True)
class Labels:
    """What people found in one stratum on one day: N conversations, n judged, x of them failed."""

    day: date
    stratum: str
    size: int
    judged: int
    failed: int


def quality(agent: Agent, first_day: date, last_day: date) -> Interval:
    """The share of conversations without a failed critical criterion, both days included.

    Refused, with the reason and the counts, when too little was judged. Conversations that the
    judge could not review are in no stratum and not part of the figure.
    """
    return interval_of([*labels(agent, first_day, last_day), *undrawn(agent, first_day, last_day)])


def interval_of(found: Iterable[Labels]) -> Interval:
    """The figure that such labels carry."""
    cells, flagged = [], []
    for one in found:
        if one.stratum == Stratum.FLAGGED:
            flagged.append(Sampled(one.size, one.judged, one.failed))
        else:
            grade = int(one.stratum.removeprefix("grade-"))
            cells.append(Cell(one.day, grade, one.size, one.judged, one.failed))
    return quality_interval(cells, flagged)


def labels(agent: Agent, first_day: date, last_day: date) -> list[Labels]:
    """The labels of the days' queues, one entry a stratum; late flags are no part of any estimate.

    A conversation read twice counts once, by the first reading that stands.
    """
    dates = (first_day + ONE_DAY, last_day + ONE_DAY)
    strata = Stratum.objects.filter(queue__agent=agent, queue__date__range=dates)
    rows = strata.exclude(name=Stratum.LATE).values_list("pk", "queue__date", "name", "size")
    judged, failed = _verdicts(agent, dates)
    return [
        Labels(queue_date - ONE_DAY, name, size, judged[pk], failed[pk])
        for pk, queue_date, name, size in rows
    ]


def _verdicts(agent: Agent, dates: tuple[date, date]) -> tuple[dict[int, int], dict[int, int]]:
    """Conversations judged, and failed, by stratum key."""
    standing = Verdict.objects.filter(
        item__queue__agent=agent, item__queue__date__range=dates, withdrawn_at=None
    )
    rows = standing.order_by("item__slot").values_list(
        "item__stratum", "conversation", "passed", "item__queue"
    )
    first: dict[tuple[int, int], tuple[int, bool]] = {}
    for stratum, conversation, passed, queue in rows:
        first.setdefault((queue, conversation), (stratum, passed))
    judged: dict[int, int] = defaultdict(int)
    failed: dict[int, int] = defaultdict(int)
    for stratum, passed in first.values():
        judged[stratum] += 1
        failed[stratum] += not passed
    return judged, failed


def undrawn(agent: Agent, first_day: date, last_day: date) -> list[Labels]:
    """Days that were reviewed by the judge but have no queue: volume that nobody sampled."""
    drawn = agent.queues.filter(date__range=(first_day + ONE_DAY, last_day + ONE_DAY))
    days = [queue_date - ONE_DAY for queue_date in drawn.values_list("date", flat=True)]
    rows = (
        reviews_of(agent)
        .filter(day__range=(first_day, last_day), state=WorkState.DONE, grade__isnull=False)
        .exclude(day__in=days)
        .order_by()
        .values_list("day", "grade")
        .annotate(size=Count("conversation", distinct=True))
    )
    return [Labels(day, Stratum.name_of_grade(grade), size, 0, 0) for day, grade, size in rows]


@dataclass(frozen=True)
class Coverage:
    """What stands beside the figure: how much of the draw was judged, and what is not in it."""

    drawn: int
    judged: int
    skipped: int
    unscored: int

    @property
    def skip_rate(self) -> float | None:
        """The share of decided draws that were skipped."""
        decided = self.judged + self.skipped
        return self.skipped / decided if decided else None

    @property
    def is_biased(self) -> bool:
        """Whether so many draws were skipped that the figure may not be trusted."""
        return (self.skip_rate or 0.0) > BIASED_SKIP_RATE


def coverage(agent: Agent, first_day: date, last_day: date) -> Coverage:
    """How far the draws of the days were worked, and how many conversations are unscored."""
    state = QueueItem.State
    items = QueueItem.objects.filter(
        queue__agent=agent, queue__date__range=(first_day + ONE_DAY, last_day + ONE_DAY), slot=1
    ).exclude(stratum__name=Stratum.LATE)
    counts = items.aggregate(
        drawn=Count("pk", filter=~Q(state=state.SKIPPED)),
        judged=Count("pk", filter=Q(state=state.DONE)),
        skipped=Count("pk", filter=Q(state=state.SKIPPED)),
    )
    unscored = Review.objects.filter(scorecard__agent=agent, day__range=(first_day, last_day))
    return Coverage(**counts, unscored=unscored.exclude(state=WorkState.DONE).count())
