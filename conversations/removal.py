"""Taking conversations out for good, with all that was made of them, and out of the figures."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from context.models import Agent
from conversations.measure import measure_days
from conversations.models import Conversation
from conversations.recompute import batches


def remove(agent: Agent, conversations: QuerySet[Conversation]) -> int:
    """Delete conversations of this agent, a thousand in a transaction; how many there were.

    Their messages, briefs, reviews and verdicts go with them; a test case made from one stays. What
    the figures counted of them is gone from the figures too.
    """
    keys = conversations.filter(agent=agent).order_by("pk").values_list("pk", flat=True)
    return sum(remove_batch(agent, batch) for batch in batches(list(keys)))


@transaction.atomic
def remove_batch(agent: Agent, keys: Iterable[int]) -> int:
    """Delete one batch and count its days again."""
    Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    rows = Conversation.objects.filter(agent=agent, pk__in=keys)
    days: set[date] = set(rows.values_list("opened_on", flat=True))
    _, deleted = rows.delete()
    if days:
        measure_days(agent, days)
    return deleted.get(Conversation._meta.label, 0)
