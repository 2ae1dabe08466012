"""How often answers rested on each document, counted by whoever stores conversations."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.db.models import Sum

from context.models import Agent, DocumentUse

BATCH = 500


@transaction.atomic
def replace_uses(agent: Agent, days: set[date], uses: Mapping[tuple[date, str], int]) -> None:
    """Put these counts by (day, slug) in the place of all that stands for the days."""
    DocumentUse.objects.filter(agent=agent, date__in=days).delete()
    rows = (DocumentUse(agent=agent, date=day, slug=slug, n=n) for (day, slug), n in uses.items())
    DocumentUse.objects.bulk_create(rows, batch_size=BATCH)


def uses_since(agent: Agent, day: date) -> dict[str, int]:
    """Conversations since the day whose answers rested on each document, by slug; a document that
    none rested on is missing.
    """
    rows = agent.document_uses.filter(date__gte=day).order_by().values_list("slug")
    return dict(rows.annotate(Sum("n")))


def first_use(agent: Agent) -> date | None:
    """The first day from which it is known what answers rested on; None if it never was told."""
    return agent.document_uses.order_by("date").values_list("date", flat=True).first()
