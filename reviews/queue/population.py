"""The conversations a day's queue is drawn from, each in exactly one stratum."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, QuerySet

from context.models import Agent
from llm.states import WorkState
from reviews.judging.planning import reviews_of
from reviews.models import Flag, QueueItem, Review, Stratum
from reviews.quality.segments import Segment

GRADES = (5, 4, 3, 2, 1)  # in the order of `stats.sampling`: from surely well to surely failed
LATE_DAYS = 14


@dataclass(frozen=True)
class Unit:
    """One reviewed conversation as the draw sees it.

    `key` is its name in the source, so that the same draw comes out of any database.
    """

    key: str
    conversation: int
    review: int
    stratum: str
    flags: tuple[tuple[str, str], ...]  # kind and detail
    segment: Segment


def population(agent: Agent, queue_date: date, as_of: datetime) -> dict[str, list[Unit]]:
    """The units of the queue of a date by stratum, as things stood at a moment.

    The day's own: conversations that ended the day before and were reviewed by then, flagged or
    by grade. `late`: those of up to 14 earlier days that were flagged since the last draw and were
    never queued. Asking again with the same moment gives the same answer.
    """
    day = queue_date - timedelta(days=1)
    own = newest_reviews(reviews_of(agent, day).filter(finished_at__lte=as_of))
    known = {review.conversation_id for review in own}
    late = newest_reviews(_late(agent, queue_date, as_of).exclude(conversation__in=known))
    flags = _flags((*own, *late), as_of)
    strata: dict[str, list[Unit]] = defaultdict(list)
    for review in own:
        found = flags.get(review.conversation_id, ())
        name = Stratum.FLAGGED if found else Stratum.name_of_grade(review.grade or GRADES[-1])
        strata[name].append(_unit(review, name, found))
    for review in late:
        found = flags.get(review.conversation_id, ())
        strata[Stratum.LATE].append(_unit(review, Stratum.LATE, found))
    return dict(strata)


def newest_reviews(rows: QuerySet[Review]) -> list[Review]:
    """The newest finished review of each conversation, with the conversation."""
    done = rows.filter(state=WorkState.DONE).order_by()
    newest = done.values("conversation").annotate(newest=Max("pk")).values("newest")
    return list(Review.objects.filter(pk__in=newest).select_related("conversation").order_by("pk"))


def _late(agent: Agent, queue_date: date, as_of: datetime) -> QuerySet[Review]:
    """Reviews of earlier days, of conversations rated badly or reopened since the last draw."""
    last = agent.queues.filter(date__lt=queue_date).order_by("-date").first()
    if last is None:
        return Review.objects.none()
    flags = Flag.objects.filter(
        conversation__agent=agent,
        kind__in=[Flag.Kind.LOW_CSAT, Flag.Kind.REOPENED],
        created_at__gt=last.created_at,
        created_at__lte=as_of,
    )
    queued = QueueItem.objects.filter(queue__agent=agent, queue__date__lt=queue_date)
    first, own_day = queue_date - timedelta(days=LATE_DAYS), queue_date - timedelta(days=1)
    return (
        reviews_of(agent)
        .filter(day__gte=first, day__lt=own_day, finished_at__lte=as_of)
        .filter(conversation__in=flags.values("conversation"))
        .exclude(conversation__in=queued.values("conversation"))
    )


def _flags(reviews: Iterable[Review], as_of: datetime) -> dict[int, tuple[tuple[str, str], ...]]:
    """Flags raised by the moment, per conversation, in the order in which kinds are declared."""
    order = {kind.value: place for place, kind in enumerate(Flag.Kind)}
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = Flag.objects.filter(
        conversation__in=[review.conversation_id for review in reviews], created_at__lte=as_of
    )
    for flag in sorted(rows, key=lambda flag: order[flag.kind]):
        found[flag.conversation_id].append((flag.kind, flag.detail))
    return {conversation: tuple(flags) for conversation, flags in found.items()}


def _unit(review: Review, stratum: str, flags: tuple[tuple[str, str], ...]) -> Unit:
    conversation = review.conversation
    key = f"{conversation.source}:{conversation.external_id}"
    segment = Segment.of(conversation)
    return Unit(key, conversation.pk, review.pk, stratum, flags, segment)
