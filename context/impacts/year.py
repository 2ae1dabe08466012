"""A year of releases: the primary figures that could be tested, and how many stand out by luck."""

from datetime import datetime, timedelta

from django.db.models import Q

from context.models import Agent, Impact
from stats.multiple import Alarms, alarms

YEAR = timedelta(days=365)
ALPHA = 0.05  # the primary figure of a release is tested alone at this


def years_tests(agent: Agent, at: datetime) -> list[Impact]:
    """The newest impact on the primary figure of each rollout and each time of being live begun in
    the year before `at`, where it could be tested; the newest first.

    Where a split of traffic already tells what a release did, its days before and after are not
    tested again: they do not give its verdict.
    """
    begun = (at - YEAR, at)
    rows = (
        Impact.objects.filter(release__agent=agent, role=Impact.Role.PRIMARY)
        .filter(Q(publication__started_at__range=begun) | Q(rollout__started_at__range=begun))
        .select_related("release", "publication")
        .order_by("computed_at", "id")
    )
    newest = {(row.rollout_id, row.publication_id): row for row in rows}
    tested = [row for row in newest.values() if row.p is not None]
    split = {row.release_id for row in tested if row.split}
    return [row for row in reversed(tested) if not is_told_by(split, row)]


def is_told_by(split: set[int], row: Impact) -> bool:
    """Whether these days are those after a split of traffic of the same release."""
    first = row.publication is not None and not row.publication.rollback
    return first and row.release_id in split


def alarms_of(tested: list[Impact]) -> Alarms:
    """How many of them stood out, and how many would by luck."""
    return alarms([row.p for row in tested if row.p is not None], ALPHA)
