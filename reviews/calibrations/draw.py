"""Which conversations a calibration holds: drawn over the judge's grades, with some that are known
to be hard, or chosen by hand.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from context.models import Agent
from llm.states import WorkState
from reviews.models import CalibrationSession, Flag, Opinion, QueueItem, Review, Verdict
from reviews.queue.population import GRADES
from stats.sampling import draw

RECENT = timedelta(days=28)
HARD_SHARE = 5  # one in five is known to be hard
HARD, BY_HAND = "known to be hard", "chosen by hand"


class Choice(NamedTuple):
    """A conversation of a session, the judge's review of it, and why it was chosen."""

    conversation: int
    review: int | None
    reason: str


def chosen_by_draw(
    agent: Agent, people: Iterable[User], size: int, seed: str, now: datetime
) -> list[Choice]:
    """`size` reviewed conversations of the last four weeks, or all where there are fewer.

    A fifth are known to be hard: a person and the judge differ, the verdict was disputed, or the
    judge is contradicted by what is on record. The rest are spread evenly over the judge's grades,
    from conversations that none of the people has judged. Who knows the seed can repeat the draw.
    """
    rows = recent_reviews(agent, now)
    hard = list(rows.filter(is_hard()).values_list("conversation", "pk"))
    seen = Verdict.objects.filter(conversation=OuterRef("conversation"), reviewer__in=list(people))
    fresh = rows.exclude(is_hard()).exclude(Exists(seen))
    by_grade: dict[int, list[tuple[int, int]]] = {grade: [] for grade in sorted(GRADES)}
    for conversation, review, grade in fresh.values_list("conversation", "pk", "grade"):
        if grade in by_grade:
            by_grade[grade].append((conversation, review))
    chosen = [Choice(*one, HARD) for one in drawn(hard, size // HARD_SHARE, seed, "hard")]
    queues = [
        [Choice(*one, f"grade {grade}") for one in drawn(found, size, seed, str(grade))]
        for grade, found in by_grade.items()
    ]
    chosen += spread_over(queues, size - len(chosen))
    order = drawn([(one.conversation, 0) for one in chosen], size, seed, "order")
    by_key = {one.conversation: one for one in chosen}
    return [by_key[conversation] for conversation, _ in order]


def drawn(
    rows: Sequence[tuple[int, int]], count: int, seed: str, purpose: str
) -> list[tuple[int, int]]:
    """`count` of the rows at random, in the order of the draw; a purpose has numbers of its own."""
    by_key = {str(row[0]): row for row in rows}
    return [by_key[key] for key in draw(by_key, count, f"{seed}:{purpose}".encode())]


def spread_over(queues: Sequence[Sequence[Choice]], count: int) -> list[Choice]:
    """The first of each, then the second of each, until there are `count`."""
    longest = max(map(len, queues), default=0)
    turns = [one[turn] for turn in range(longest) for one in queues if turn < len(one)]
    return turns[: max(0, count)]


def is_hard() -> Q:
    """Condition of reviews whose conversation is known to be hard."""
    of_it = {"conversation": OuterRef("conversation")}
    differs = Verdict.objects.filter(**of_it, withdrawn_at=None).exclude(review__passed=F("passed"))
    disputed = Verdict.objects.filter(**of_it, disputes__isnull=False)
    contradicted = Flag.objects.filter(**of_it, kind=Flag.Kind.CONTRADICTED)
    return Q(Exists(differs)) | Q(Exists(disputed)) | Q(Exists(contradicted))


def recent_reviews(agent: Agent, now: datetime) -> QuerySet[Review]:
    """The judge's newest review of each conversation of the last four weeks that nobody is about
    to judge blind, in a queue or elsewhere.
    """
    of_it = {"conversation": OuterRef("conversation")}
    newer = Review.objects.filter(**of_it, pk__gt=OuterRef("pk"), state=WorkState.DONE)
    return (
        Review.objects.filter(
            scorecard__agent=agent,
            state=WorkState.DONE,
            grade__isnull=False,
            day__gte=agent.local_date(now) - RECENT,
        )
        .exclude(Exists(newer))
        .exclude(Exists(undecided(of_it)))
        .exclude(Exists(read_elsewhere(of_it)))
    )


def undecided(of_it: dict[str, OuterRef]) -> QuerySet[QueueItem]:
    """Items of the queue that are still to be decided."""
    return QueueItem.objects.filter(**of_it, state__in=["open", "claimed"])


def read_elsewhere(of_it: dict[str, OuterRef]) -> QuerySet[Opinion]:
    """Opinions that somebody is asked for."""
    waits = Q(dispute__status="open") | Q(entry__session__status=CalibrationSession.Status.OPEN)
    return Opinion.objects.filter(waits, **of_it)


def chosen_by_hand(agent: Agent, names: Sequence[str]) -> list[Choice]:
    """The conversations of these ids, in the order given; raises ValueError that names those that
    do not exist, or are still to be decided in a queue.
    """
    wanted = list(dict.fromkeys(names))
    rows = agent.conversations.filter(external_id__in=wanted)
    keys = dict(rows.values_list("external_id", "pk"))
    if unknown := [name for name in wanted if name not in keys]:
        raise ValueError(f"No such conversation: {', '.join(unknown[:5])}.")
    waits = QueueItem.objects.filter(conversation__in=keys.values(), state__in=["open", "claimed"])
    if open_ones := sorted(set(waits.values_list("conversation__external_id", flat=True))):
        raise ValueError(f"Still to be decided in a queue: {', '.join(open_ones[:5])}.")
    done = Review.objects.filter(conversation__in=keys.values(), state=WorkState.DONE)
    newest = dict(done.order_by("pk").values_list("conversation", "pk"))
    return [Choice(keys[name], newest.get(keys[name]), BY_HAND) for name in wanted]
