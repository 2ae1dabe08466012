"""What people found, stratum by stratum and day by day: the material of the quality figure.

Days are those on which the conversations ended; the queue of a date holds the day before's.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Sum

from context.models import Agent
from llm.states import WorkState
from reviews.judging.planning import reviews_of
from reviews.models import Stratum, StratumPart, Verdict
from reviews.quality.segments import DIMENSIONS, EVERYTHING, Chosen

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Labels:
    """What people found in one stratum on one day: N conversations, n judged, x of them failed.

    `group` is the value of the dimension they are told apart by, if they are; `drawn` is how many
    were to be judged, known of whole strata only.
    """

    day: date
    stratum: str
    size: int
    judged: int
    failed: int
    group: Any = None
    drawn: int = 0


def labels(
    agent: Agent, first_day: date, last_day: date, chosen: Chosen = EVERYTHING
) -> list[Labels]:
    """The labels of the days' queues, one entry a stratum; late flags are no part of any estimate.

    A conversation read twice counts once, by the first reading that stands. Of a segment, N is
    what the stratum held of it when it was drawn.
    """
    dates = (first_day + ONE_DAY, last_day + ONE_DAY)
    if chosen:
        return _of_parts(agent, dates, chosen)
    rows = Stratum.objects.filter(queue__agent=agent, queue__date__range=dates)
    sizes = rows.exclude(name=Stratum.LATE).values_list(
        "pk", "queue__date", "name", "size", "drawn"
    )
    judged, failed = _verdicts(agent, dates, {})
    return [
        Labels(queue_date - ONE_DAY, name, size, judged[pk], failed[pk], drawn=drawn)
        for pk, queue_date, name, size, drawn in sizes
    ]


def labels_by(
    agent: Agent, first_day: date, last_day: date, dimension: str, chosen: Chosen = EVERYTHING
) -> list[Labels]:
    """The same told apart by one of `DIMENSIONS`, in `group`; days without a draw included."""
    dates = (first_day + ONE_DAY, last_day + ONE_DAY)
    drawn = _of_parts(agent, dates, chosen, DIMENSIONS[dimension])
    return drawn + undrawn(agent, first_day, last_day, chosen, DIMENSIONS[dimension])


def _of_parts(agent: Agent, dates: tuple[date, date], chosen: Chosen, by: str = "") -> list[Labels]:
    """Labels of a segment, or of every value of a column of the parts."""
    key = ("stratum", "stratum__queue__date", "stratum__name", *([by] if by else []))
    rows = StratumPart.objects.filter(
        stratum__queue__agent=agent, stratum__queue__date__range=dates, **chosen.lookups("")
    )
    sizes = rows.order_by(*key).values_list(*key).annotate(total=Sum("size"))
    judged, failed = _verdicts(agent, dates, chosen.lookups("item__part__"), by)
    found = []
    for pk, queue_date, name, *group, size in sizes:
        place = (pk, *group) if by else pk
        day = queue_date - ONE_DAY
        found.append(Labels(day, name, size, judged[place], failed[place], *group))
    return found


def _verdicts(
    agent: Agent, dates: tuple[date, date], lookups: Mapping[str, Any], by: str = ""
) -> tuple[Mapping[Any, int], Mapping[Any, int]]:
    """Conversations judged, and failed, by stratum key, or by (stratum key, group)."""
    standing = Verdict.objects.filter(
        item__queue__agent=agent, item__queue__date__range=dates, withdrawn_at=None, **lookups
    )
    if by:
        standing = standing.filter(item__part__isnull=False)
    rows = standing.order_by("item__slot").values_list(
        "item__queue",
        "conversation",
        "passed",
        "item__stratum",
        *([f"item__part__{by}"] if by else []),
    )
    first: dict[tuple[int, int], tuple[Any, bool]] = {}
    for queue, conversation, passed, *place in rows:
        first.setdefault((queue, conversation), (tuple(place) if by else place[0], passed))
    judged: dict[Any, int] = defaultdict(int)
    failed: dict[Any, int] = defaultdict(int)
    for where, passed in first.values():
        judged[where] += 1
        failed[where] += not passed
    return judged, failed


def undrawn(
    agent: Agent,
    first_day: date,
    last_day: date,
    chosen: Chosen = EVERYTHING,
    by: str = "",
) -> list[Labels]:
    """Days that were reviewed by the judge but have no queue: volume that nobody sampled."""
    drawn = agent.queues.filter(date__range=(first_day + ONE_DAY, last_day + ONE_DAY))
    days = [queue_date - ONE_DAY for queue_date in drawn.values_list("date", flat=True)]
    key = ("day", "grade", *([f"conversation__{by}"] if by else []))
    rows = (
        reviews_of(agent)
        .filter(day__range=(first_day, last_day), state=WorkState.DONE, grade__isnull=False)
        .filter(**chosen.lookups("conversation__"))
        .exclude(day__in=days)
        .order_by()
        .values_list(*key)
        .annotate(size=Count("conversation", distinct=True))
    )
    return [
        Labels(day, Stratum.name_of_grade(grade), size, 0, 0, *group)
        for day, grade, *group, size in rows
    ]


def days_without_parts(agent: Agent, first_day: date, last_day: date) -> int:
    """Days whose queue was drawn before segments were kept with the draw."""
    dates = (first_day + ONE_DAY, last_day + ONE_DAY)
    drawn = agent.queues.filter(date__range=dates, population__gt=0)
    kept = StratumPart.objects.filter(stratum__queue__agent=agent)
    return drawn.exclude(pk__in=kept.values("stratum__queue")).count()
