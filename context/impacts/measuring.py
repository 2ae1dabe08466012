"""What a release is associated with: measured for every time it was live, rollbacks too.

`window` says which days can be compared, `days` counts them, `findings` is the method and
`verdicts` the judgement; all but the counting are pure. See docs/impact.md.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from context.impacts.days import counts_of
from context.impacts.findings import QUESTIONS, Finding, find
from context.impacts.verdicts import refused_rows, rows_of
from context.impacts.weeks import weekly_values
from context.impacts.window import Refusal, Window, comparable_window, periods_of
from context.models import Agent, Figure, Impact, ImpactEvidence, Publication, Release
from context.releases.frozen import frozen_content


def measure_impacts(agent: Agent, at: datetime) -> list[Impact]:
    """Compute the impact of every time a release went live that is not final yet.

    Returns the new rows; where nothing changed since the last computation none is written.
    """
    publications = list(publications_of(agent))
    periods, left_out = periods_of(agent, publications), left_out_days(agent)
    made: list[Impact] = []
    for place, publication in enumerate(publications):
        newest = newest_of(publication.impacts.all())
        if all(figure in newest and not newest[figure].provisional for figure in QUESTIONS):
            continue
        window = comparable_window(
            periods, place, publication.days_after, agent.local_date(at), left_out
        )
        made += write_new(measured(agent, publication, window, at), newest)
    return made


def publications_of(agent: Agent) -> QuerySet[Publication]:
    """Every time a release of the agent went live, oldest first, with what was measured."""
    return (
        Publication.objects.filter(release__agent=agent)
        .select_related("release")
        .prefetch_related("impacts")
        .order_by("started_at", "id")
    )


Measured = list[tuple[Impact, list[ImpactEvidence]]]


def measured(
    agent: Agent, publication: Publication, window: Window | Refusal, at: datetime
) -> Measured:
    """The rows of one time of being live, not saved."""
    if isinstance(window, Refusal):
        refused = refused_rows(agent, publication, window.reason, window.may_change, at)
        return [(row, []) for row in refused]
    return rows_of(agent, publication, window, findings_of(agent, publication, window), at)


def findings_of(
    agent: Agent,
    publication: Publication,
    window: Window,
    figures: Collection[Figure] = tuple(QUESTIONS),
) -> list[Finding]:
    """What the days of a window say of each figure."""
    counts = counts_of(agent, [*figures, Figure.SURVEYED], window)
    weekly = weekly_values(agent, figures, window)
    earlier = Release.objects.get(pk=window.earlier.release_id)
    touched = touched_topics(earlier, publication.release)
    return [find(figure, counts, window, weekly.get(figure, []), touched) for figure in figures]


def left_out_days(agent: Agent) -> set[date]:
    """The days somebody left out of every comparison: outages, holidays."""
    return set(agent.days_left_out.values_list("date", flat=True))


def touched_topics(earlier: Release, release: Release) -> frozenset[str] | str:
    """The topics whose documents differ between two releases; or why that tells nothing."""
    before, after = frozen_content(earlier), frozen_content(release)
    if before.prompt != after.prompt:
        return "the prompt changed, which touches every topic"
    if before.settings != after.settings:
        return "a setting changed, which touches every topic"
    changed = {document.topic for document in {*before.documents} ^ {*after.documents}}
    if "" in changed:
        return "a document without a topic changed, which may touch every topic"
    return frozenset(changed)


@transaction.atomic
def write_new(found: Measured, newest: dict[str, Impact]) -> list[Impact]:
    """Save the rows that say something new, with their evidence."""
    new = [
        (row, evidence)
        for row, evidence in found
        if row.figure not in newest or not same_finding(newest[row.figure], row)
    ]
    Impact.objects.bulk_create([row for row, _ in new])
    ImpactEvidence.objects.bulk_create([one for _, evidence in new for one in evidence])
    return [row for row, _ in new]


def newest_of(impacts: Iterable[Impact]) -> dict[str, Impact]:
    """The impact computed last on each figure, that of split traffic before any other; primary
    first, then guardrails, then the rest.
    """
    rows = {
        one.figure: one for one in sorted(impacts, key=lambda i: (i.split, i.computed_at, i.pk))
    }
    roles = list(Impact.Role)
    place = {figure.value: number for number, figure in enumerate(QUESTIONS)}
    order = sorted(
        rows.values(), key=lambda i: (roles.index(Impact.Role(i.role)), place.get(i.figure, 99))
    )
    return {one.figure: one for one in order}


def impacts_of(publication: Publication, impacts: Iterable[Impact]) -> dict[str, Impact]:
    """Of a release's impacts the newest on each figure for one time of being live: a rollback does
    not have what a split of traffic showed before it.
    """
    first = not publication.rollback
    return newest_of(
        one
        for one in impacts
        if one.publication_id == publication.pk or (first and one.publication_id is None)
    )


def newest_impacts(release: Release) -> dict[str, Impact]:
    """The newest impact on each figure of the release's first time of being live, and of a split of
    traffic before it.
    """
    rows = release.impacts.exclude(publication__rollback=True)
    return newest_of(rows.prefetch_related("evidence"))


def same_finding(one: Impact, other: Impact) -> bool:
    """Whether a computation only repeats what is stored."""
    columns = ("verdict", "low", "high", "n_before", "n_after", "provisional", "reason")
    return all(getattr(one, name) == getattr(other, name) for name in columns)
