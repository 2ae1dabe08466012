"""The quality figure: the share of conversations without a failed critical criterion.

People read a biased queue; the strata and probabilities stored with the draw undo the bias
(`stats.quality`). Days are those on which the conversations ended.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from context.models import Agent
from llm.states import WorkState
from reviews.models import QueueItem, Review, Stratum
from reviews.quality.labels import ONE_DAY, Labels, days_without_parts, labels, labels_by, undrawn
from reviews.quality.segments import EVERYTHING, Chosen
from stats.intervals import Interval
from stats.quality import Cell, quality_interval
from stats.strata import Stratum as Sampled

BIASED_SKIP_RATE = 0.10
WIDE = 0.10  # an interval longer than ten points is shown as wide, and so is any single day


def quality(
    agent: Agent,
    first_day: date,
    last_day: date,
    *,
    release: int | None = None,
    topic: str | None = None,
    channel: str | None = None,
    language: str | None = None,
) -> Interval:
    """The share of conversations without a failed critical criterion, both days included.

    Of everything, or of a segment: one release by its number, topic, channel, language. Refused,
    with the reason and the counts, when too little was judged. Conversations that the judge could
    not review are in no stratum and not part of the figure.
    """
    chosen = Chosen(release, topic, channel, language)
    if unknown := segments_unknown(agent, first_day, last_day, chosen):
        return refused_without_parts(unknown)
    return interval_of(all_labels(agent, first_day, last_day, chosen))


def segments_unknown(agent: Agent, first_day: date, last_day: date, chosen: Chosen) -> int:
    """Days of which the N of a segment is not known; none where everything is asked for."""
    return days_without_parts(agent, first_day, last_day) if chosen else 0


def all_labels(
    agent: Agent, first_day: date, last_day: date, chosen: Chosen = EVERYTHING
) -> list[Labels]:
    """The labels of the days, and the volume of those without a draw."""
    period = (agent, first_day, last_day, chosen)
    return [*labels(*period), *undrawn(*period)]


def quality_by(
    agent: Agent, first_day: date, last_day: date, dimension: str
) -> list[tuple[Any, int, Interval]]:
    """Every value of a dimension with its conversations and its figure, the largest first."""
    days = days_without_parts(agent, first_day, last_day)
    groups: dict[Any, list[Labels]] = defaultdict(list)
    for one in labels_by(agent, first_day, last_day, dimension):
        groups[one.group].append(one)
    rows = [
        (value, sum(one.size for one in found), interval_of(found))
        for value, found in groups.items()
    ]
    if days:
        rows = [(value, size, refused_without_parts(days)) for value, size, _ in rows]
    return sorted(rows, key=lambda row: (-row[1], str(row[0])))


def refused_without_parts(days: int) -> Interval:
    """No figure of a segment: some days were drawn before its N was kept."""
    reason = f"segments are not known for {days} day{'s' * (days != 1)} drawn before they were kept"
    return Interval.refused(f"insufficient data: {reason}", 0, "split-Beta")


def interval_of(found: Iterable[Labels]) -> Interval:
    """The figure that such labels carry."""
    return quality_interval(*sample_of(found))


def sample_of(found: Iterable[Labels]) -> tuple[list[Cell], list[Sampled]]:
    """The random sample by day and grade, and the flagged conversations by day."""
    cells, flagged = [], []
    for one in found:
        if one.stratum == Stratum.FLAGGED:
            flagged.append(Sampled(one.size, one.judged, one.failed))
        else:
            grade = int(one.stratum.removeprefix("grade-"))
            cells.append(Cell(one.day, grade, one.size, one.judged, one.failed))
    return cells, flagged


def is_wide(figure: Interval, first_day: date, last_day: date) -> bool:
    """Whether a figure says too little to act on: a single day, or an interval above ten points."""
    if figure.low is None or figure.high is None:
        return False
    return first_day == last_day or figure.high - figure.low > WIDE


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
