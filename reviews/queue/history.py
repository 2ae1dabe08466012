"""What past days say about each stratum: volumes, and failures people found."""

from collections import defaultdict
from datetime import date, timedelta

from django.db.models import Count, Q, Sum

from context.models import Agent
from reviews.models import Stratum, Verdict
from reviews.queue.population import GRADES

WEEK = timedelta(days=7)
HISTORY = timedelta(days=28)
NAMES = [Stratum.name_of_grade(grade) for grade in GRADES]


def week_sizes(agent: Agent, before: date) -> list[int]:
    """Conversations per grade in the queues of the six days before a date."""
    rows = Stratum.objects.filter(
        queue__agent=agent, queue__date__gt=before - WEEK, queue__date__lt=before, name__in=NAMES
    )
    sizes = dict(rows.order_by().values_list("name").annotate(total=Sum("size")))
    return [sizes.get(name, 0) for name in NAMES]


def failure_history(agent: Agent, before: date) -> tuple[list[int], list[int]]:
    """Failures and verdicts per grade over the 28 days of queues before a date."""
    rows = Verdict.objects.filter(
        item__queue__agent=agent,
        item__queue__date__gte=before - HISTORY,
        item__queue__date__lt=before,
        item__stratum__name__in=NAMES,
        item__slot=1,
        withdrawn_at=None,
    )
    counted = (
        rows.order_by()
        .values_list("item__stratum__name")
        .annotate(failed=Count("pk", filter=Q(passed=False)), reviewed=Count("pk"))
    )
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    found |= {name: (failed, reviewed) for name, failed, reviewed in counted}
    return [found[name][0] for name in NAMES], [found[name][1] for name in NAMES]
