"""The data behind one quality figure: its strata, its cross-check, and the verdicts it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from django.db.models import QuerySet

from context.models import Agent
from reviews.models import Stratum, Verdict
from reviews.quality.eras import Era, eras
from reviews.quality.figure import (
    Coverage,
    all_labels,
    coverage,
    interval_of,
    refused_without_parts,
    sample_of,
    segments_unknown,
)
from reviews.quality.labels import ONE_DAY, Labels
from reviews.quality.segments import Chosen
from reviews.quality.windows import Figure, Window
from stats.intervals import Interval
from stats.quality import cross_check, standard_error


@dataclass(frozen=True)
class Counts:
    """One stratum over the days of a window, or on one day."""

    stratum: str
    size: int
    judged: int
    failed: int
    share: float

    @property
    def probability(self) -> float | None:
        """How likely one of its conversations was to be read, over all its days."""
        return self.judged / self.size if self.size else None

    @property
    def odds(self) -> float | None:
        """One in so many."""
        return self.size / self.judged if self.judged else None

    @property
    def name(self) -> str:
        """`grade 3` or `flagged`."""
        return self.stratum.replace("-", " ")


@dataclass(frozen=True)
class Behind:
    """All that a quality figure rests on."""

    figure: Figure
    chosen: Chosen
    strata: list[Counts]
    days: list[tuple[str, list[Counts]]]
    check: Interval
    error: float | None
    coverage: Coverage
    eras: list[Era]


def behind(agent: Agent, window: Window, chosen: Chosen) -> Behind:
    """Read a figure with what it rests on."""
    found = all_labels(agent, *window, chosen)
    unknown = segments_unknown(agent, *window, chosen)
    figure = refused_without_parts(unknown) if unknown else interval_of(found)
    ordered = sorted(found, key=attrgetter("day"))
    return Behind(
        figure=Figure(window, figure),
        chosen=chosen,
        strata=counts_of(found),
        days=[
            (f"{day.day} {day:%b}", counts_of(list(same)))
            for day, same in groupby(ordered, key=attrgetter("day"))
        ],
        check=cross_check(*sample_of(found)).complement(),
        error=standard_error(*sample_of(found)),
        coverage=coverage(agent, *window),
        eras=eras(agent, *window),
    )


def counts_of(found: Sequence[Labels]) -> list[Counts]:
    """Labels by stratum, flagged first and then from the best grade to the worst."""
    volume = sum(one.size for one in found)
    rows = []
    for name in sorted({one.stratum for one in found}, reverse=True):
        same = [one for one in found if one.stratum == name]
        size = sum(one.size for one in same)
        judged, failed = sum(one.judged for one in same), sum(one.failed for one in same)
        rows.append(Counts(name, size, judged, failed, size / volume if volume else 0.0))
    return sorted(rows, key=lambda row: row.stratum != Stratum.FLAGGED)


def verdicts_behind(agent: Agent, window: Window, chosen: Chosen) -> QuerySet[Verdict]:
    """The standing verdicts a figure rests on, with what a list of them shows."""
    dates = (window.first + ONE_DAY, window.last + ONE_DAY)
    rows = Verdict.objects.filter(
        item__queue__agent=agent,
        item__queue__date__range=dates,
        withdrawn_at=None,
        **chosen.lookups("item__part__"),
    ).exclude(item__stratum__name=Stratum.LATE)
    return rows.select_related("conversation", "reviewer", "item__stratum", "review")
