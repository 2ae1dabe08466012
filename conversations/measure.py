"""The daily counts of conversations, from which every weekly figure is made.

A day is the day of a conversation's start in the workspace's time zone.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count

from context.hygiene.uses import replace_uses
from context.measurements import SegmentCount, replace
from context.models import Agent, Figure, Measurement
from conversations.counting import MEANS, SHARES, count, counted
from conversations.measure_arms import measure_arms
from conversations.models import Conversation

DAYS_AT_ONCE = 7
SEGMENT = ("opened_on", "release_id", "topic", "channel", "language")


def measure_days(agent: Agent, days: set[date]) -> None:
    """Count these days again, from the conversations as they are now.

    Call it in the transaction that changed them, and hold the lock on the agent.
    """
    rows = Conversation.objects.filter(agent=agent, opened_on__in=days, spam=False)
    found = (row for segment in count(rows, SEGMENT) for row in counts_of(segment))
    replace(agent, days, {*SHARES, *MEANS}, found)
    replace_uses(agent, days, uses_of(agent, days))
    measure_arms(agent, days)


def uses_of(agent: Agent, days: set[date]) -> Counter[tuple[date, str]]:
    """On how many conversations of each day the answers rested on each document.

    The database counts the lists: a day has thousands of conversations, and few different lists.
    """
    rows = Conversation.objects.filter(agent=agent, opened_on__in=days, spam=False)
    lists = rows.exclude(sources=[]).order_by().values_list("opened_on", "sources")
    found: Counter[tuple[date, str]] = Counter()
    for day, slugs, n in lists.annotate(Count("pk")):
        found.update({(day, slug): n for slug in slugs})
    return found


def counts_of(segment: dict[str, Any]) -> Iterator[SegmentCount]:
    """The counts of one day and segment; a figure that nothing can be a share of has none."""
    day, *rest = (segment[name] for name in SEGMENT)
    for figure in counted(segment):
        yield SegmentCount(day, *figure, *rest)


def measured_days(agent: Agent) -> list[date]:
    """Every day that has conversations, or has counts of some, in order."""
    opened = Conversation.objects.filter(agent=agent).values_list("opened_on", flat=True)
    counted = Measurement.objects.filter(agent=agent, figure=Figure.CONVERSATIONS)
    return sorted({*opened.distinct(), *counted.values_list("date", flat=True).distinct()})


def recount_all(agent: Agent) -> int:
    """Count every day again, a week in a transaction; how many there were."""
    days = measured_days(agent)
    for start in range(0, len(days), DAYS_AT_ONCE):
        recount(agent, set(days[start : start + DAYS_AT_ONCE]))
    return len(days)


@transaction.atomic
def recount(agent: Agent, days: set[date]) -> None:
    """Count days again, alone with this agent's conversations."""
    Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    measure_days(agent, days)
