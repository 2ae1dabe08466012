"""The daily counts of the two sides of a rollout: each customer counts once, with their first
conversation in it. Ten conversations of one customer are no ten independent answers.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from context.models import Agent, Arm, ArmCount, Figure, Rollout
from conversations.counting import count, counted
from conversations.models import Conversation

BATCH = 500
ELSEWHERE = timedelta(days=2)  # a workspace that moves to another time zone moves days
CROSSED = (Q(arm=Arm.NEW) & ~Q(release=F("rollout__release"))) | (
    Q(arm=Arm.LIVE) & Q(release=F("rollout__release"))
)


def measure_arms(agent: Agent, days: set[date]) -> None:
    """Count the sides of the rollouts that these days lie in again.

    Call it in the transaction that changed their conversations, holding the lock on the agent.
    """
    for rollout, first in touched_rollouts(agent, days):
        found = [*figures_of(rollout, first), *about_the_split(rollout, first)]
        rollout.counts.filter(date__gte=first).delete()
        ArmCount.objects.bulk_create(found, batch_size=BATCH)


def conversations_of(rollout: Rollout, first: date) -> QuerySet[Conversation]:
    """What is counted of a rollout, from a day on."""
    return Conversation.objects.filter(rollout=rollout, spam=False, opened_on__gte=first).order_by()


def is_repeated(rollout: Rollout) -> Exists:
    """Whether a conversation's customer had an earlier one in the rollout."""
    others = Conversation.objects.filter(rollout=rollout, spam=False).exclude(arm="")
    same = others.filter(customer_ref=OuterRef("customer_ref"))
    at_once = Q(opened_at=OuterRef("opened_at"), pk__lt=OuterRef("pk"))
    return Exists(same.filter(Q(opened_at__lt=OuterRef("opened_at")) | at_once))


def touched_rollouts(agent: Agent, days: set[date]) -> Iterator[tuple[Rollout, date]]:
    """The rollouts that these days lie in, each with the first day that has to be counted again:
    a conversation that came, went or moved makes later ones first or no longer first.
    """
    for rollout in agent.rollouts.all():
        first = agent.local_date(rollout.started_at - ELSEWHERE)
        last = agent.local_date(rollout.ends_at + ELSEWHERE)
        if within := [day for day in days if first <= day <= last]:
            yield rollout, min(within)


def figures_of(rollout: Rollout, first: date) -> Iterator[ArmCount]:
    """Every figure of both sides, of first conversations, from a day on."""
    rows = conversations_of(rollout, first).exclude(arm="").filter(~is_repeated(rollout))
    for row in count(rows, ("opened_on", "arm")):
        for figure in counted(row):
            common = {"rollout": rollout, "arm": row["arm"], "date": row["opened_on"]}
            yield ArmCount(**common, **figure._asdict())


def about_the_split(rollout: Rollout, first: date) -> Iterator[ArmCount]:
    """What is counted beside the figures: repeats, answers of the other side's release, and
    conversations of customers without a reference.
    """
    repeated = is_repeated(rollout)
    found = (
        conversations_of(rollout, first)
        .values_list("opened_on", "arm")
        .annotate(
            every=Count("pk"),
            repeats=Count("pk", filter=Q(repeated)),
            crossed=Count("pk", filter=Q(~repeated) & CROSSED),
        )
    )
    for day, arm, every, repeats, crossed in found:
        common: dict[str, Any] = {"rollout": rollout, "arm": arm, "date": day}
        if not arm:
            yield ArmCount(**common, figure=Figure.CONVERSATIONS, n=every, total=every)
            continue
        yield ArmCount(**common, figure=ArmCount.REPEATED, n=every, total=repeats)
        yield ArmCount(**common, figure=ArmCount.CROSSED, n=every - repeats, total=crossed)
