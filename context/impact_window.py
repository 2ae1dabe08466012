"""Which days before and on a release can be compared."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from context.models import Agent, Publication

DAYS = 7


@dataclass(frozen=True)
class Window:
    """The days to compare around the day `start` on which a release went live.

    Both sides are seven days of the seven weekdays. A side that begins on the day of a publication
    has only part of that day; its other part, a week later before the next publication, completes
    it.
    """

    start: date
    release: int
    earlier: int | None
    before_is_cut: bool
    after_is_cut: bool

    @property
    def before(self) -> list[tuple[date, ...]]:
        """The slots of days on the earlier release, in the order of `after`'s weekdays."""
        whole: list[tuple[date, ...]] = [(self._day(n),) for n in range(1 - DAYS, 0)]
        first = self._day(-DAYS)
        return [*whole, (first, self.start) if self.before_is_cut else (first,)]

    @property
    def after(self) -> list[tuple[date, ...]]:
        """The slots of days on this release."""
        whole: list[tuple[date, ...]] = [(self._day(n),) for n in range(1, DAYS)]
        last = self._day(DAYS)
        return [*whole, (last, self.start) if self.after_is_cut else (last,)]

    @property
    def last_day(self) -> date:
        """The last day that counts."""
        return self._day(DAYS)

    def _day(self, offset: int) -> date:
        return self.start + timedelta(days=offset)


@dataclass(frozen=True)
class Refusal:
    """Why nothing can be said, and whether waiting helps."""

    reason: str
    may_change: bool


def comparable_window(
    agent: Agent, publication: Publication, earlier: Publication | None, at: datetime
) -> Window | Refusal:
    """The days to compare, or why there are none."""
    start = agent.local_date(publication.started_at)
    first, last = start - timedelta(days=DAYS), start + timedelta(days=DAYS)
    if earlier is None:
        return Refusal("No release was live before it.", may_change=False)
    began = agent.local_date(earlier.started_at)
    if began > first:
        days = (start - began).days
        reason = f"{earlier.release} before it was live for {days} days; {DAYS} are needed."
        return Refusal(reason.capitalize(), may_change=False)
    ended = agent.local_date(publication.ended_at) if publication.ended_at else None
    if ended is not None and ended < last:
        days = (ended - start).days
        reason = f"It was live for {days} days; {DAYS} are needed."
        return Refusal(reason, may_change=False)
    if ended is None and (today := agent.local_date(at)) <= last:
        days = (last - today).days + 1
        return Refusal(f"{days} more whole days are needed.", may_change=True)
    return Window(start, publication.release_id, earlier.release_id, began == first, ended == last)
