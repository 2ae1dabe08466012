"""An impact as it is read: the newest findings, and the daily data behind one of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from context.impacts.findings import QUESTIONS, Finding
from context.impacts.measuring import findings_of, left_out_days, newest_of
from context.impacts.window import Refusal, Slot, Window, comparable_window, periods_of
from context.models import Agent, Impact, Publication, Release


@dataclass(frozen=True)
class Day:
    """One day behind an impact, made of `day` and `with_days`; `value` is as counted, `within`
    without the mix, `fitted` the regression's. A day that does not count says why.
    """

    day: date
    with_days: tuple[date, ...]
    release: int | None
    n: int
    value: float | None
    within: float | None
    fitted: float | None
    why_out: str


@dataclass(frozen=True)
class Reading:
    """One time of being live with its newest findings, and the days they rest on."""

    publication: Publication
    window: Window | Refusal
    impacts: dict[str, Impact]

    @property
    def query(self) -> str:
        """How an address names it."""
        return f"live={self.publication.pk}"

    @property
    def name(self) -> str:
        """How a tab names it."""
        day = self.publication.release.agent.local_date(self.publication.started_at)
        return f"{'Back' if self.publication.rollback else 'Live'} {day:%-d %b %Y}"

    @property
    def figure(self) -> str:
        """The figure it is judged by."""
        return self.publication.primary_figure


def readings(agent: Agent, release: Release, at: datetime) -> list[Reading]:
    """Every time this release went live, the first one first."""
    publications = list(
        Publication.objects.filter(release__agent=agent)
        .select_related("release")
        .order_by("started_at", "id")
    )
    for one in publications:
        one.release.agent = agent
    periods, left_out = periods_of(agent, publications), left_out_days(agent)
    measured = list(release.impacts.prefetch_related("evidence"))
    for row in measured:
        row.release = release
    return [
        Reading(
            one,
            comparable_window(periods, place, one.days_after, agent.local_date(at), left_out),
            newest_of(row for row in measured if row.publication_id == one.pk),
        )
        for place, one in enumerate(publications)
        if one.release_id == release.pk
    ]


def findings_behind(agent: Agent, reading: Reading, figures: Collection[str]) -> dict[str, Finding]:
    """What the days say of some figures as they are counted now; nothing where they are refused."""
    if isinstance(reading.window, Refusal):
        return {}
    chosen = [figure for figure in QUESTIONS if figure in figures]
    found = findings_of(agent, reading.publication, reading.window, chosen)
    return {one.figure.value: one for one in found}


def days_of_finding(finding: Finding, window: Window) -> list[Day]:
    """The daily data of a finding, oldest first."""
    assert finding.series is not None and finding.raw is not None
    fitted: list[float | None] = [*finding.fitted]
    slots = window.slots[finding.start :]
    rows = zip(
        slots,
        finding.n,
        finding.raw.values,
        finding.series.values,
        fitted or [None] * len(slots),
        strict=True,
    )
    return [day_of(*row) for row in rows]


def day_of(
    slot: Slot, n: int, value: float | None, within: float | None, fitted: float | None
) -> Day:
    """One row of the daily data."""
    why = slot.why_out or ("" if n else "nothing was counted")
    number = slot.period.number if slot.period else None
    return Day(slot.place, slot.days[1:], number, n, value, within, fitted if n else None, why)
