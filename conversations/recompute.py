"""Deriving outcomes again: because time has passed, or because a rule has changed."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice

from django.db import transaction

from context.models import Agent
from conversations.measure import measure_days
from conversations.models import Conversation, Outcome
from conversations.outcome import derive, signals_of

BATCH = 1000
NEEDED = (
    "opened_at",
    "opened_on",
    "closed_at",
    "processing",
    "ai_answered_at",
    "ai_snoozed_at",
    "ai_handed_over_at",
    "ai_closed_at",
    "ai_ignored_at",
    "human_replied_at",
    "reopened_at",
    "customer_returned_at",
    "outcome",
)


def recompute_outcomes(agent: Agent, now: datetime, *, everything: bool = False) -> int:
    """Derive outcomes at `now` and count the changed days again; how many conversations changed.

    Only time moves an outcome on by itself, and only one: a snooze that nobody answered becomes a
    silent close. `everything` derives all history, and its local days, after a change of the
    rules or of the workspace's time zone.
    """
    rows = Conversation.objects.filter(agent=agent).order_by("pk")
    if not everything:
        rows = rows.filter(outcome=Outcome.SNOOZE_OPEN)
    keys = rows.values_list("pk", flat=True)
    return sum(recompute(agent, batch, now) for batch in batches(list(keys)))


def batches(keys: Iterable[int]) -> Iterator[list[int]]:
    """The keys, a thousand at a time."""
    rest = iter(keys)
    while batch := list(islice(rest, BATCH)):
        yield batch


def recompute(agent: Agent, keys: list[int], now: datetime) -> int:
    """Derive one batch in one transaction, with the counts of every day that is touched."""
    days: set[date] = set()
    changed = []
    with transaction.atomic():
        Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
        for row in Conversation.objects.filter(pk__in=keys).only(*NEEDED):
            outcome, day = derive(signals_of(row), now), agent.local_date(row.opened_at)
            if (outcome, day) != (row.outcome, row.opened_on):
                days |= {day, row.opened_on}
                row.outcome, row.opened_on = outcome, day
                changed.append(row)
        Conversation.objects.bulk_update(changed, ["outcome", "opened_on"], batch_size=200)
        if days:
            measure_days(agent, days)
    return len(changed)
