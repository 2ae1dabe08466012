"""Which days before and on a release can be compared: fixed by the publications, not by the data.

A day counts when one release answered all of it. The day of a publication is shared by two; where a
release begins and ends on the same weekday, as weekly releases do, its part of the first day and
its part of the last make one day in the place of the first.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from context.models import Agent, Publication

WEEK = 7
DAYS_BEFORE = 28
FARTHEST = 56  # calendar days within which 28 days before are looked for
TREND_DAYS = 84  # of one release before it: so long a past can show a trend


@dataclass(frozen=True)
class Period:
    """A release being live, in days of the workspace's zone; `end` is None while it is."""

    release_id: int
    number: int
    start: date
    end: date | None

    @property
    def halves_match(self) -> bool:
        """Whether its part of the first day and its part of the last are the same weekday's."""
        return bool(self.end and self.end > self.start and (self.end - self.start).days % WEEK == 0)

    def holds(self, day: date) -> bool:
        """Whether it answered all of the day."""
        return self.start < day and (self.end is None or day < self.end)


@dataclass(frozen=True)
class Slot:
    """One day of the comparison: the calendar days it is made of (none: left out) and whose it
    is.
    """

    place: date
    days: tuple[date, ...] = ()
    period: Period | None = None
    why_out: str = ""


@dataclass(frozen=True)
class Window:
    """The days to compare around `release_day`, oldest first, without a gap in the calendar."""

    slots: list[Slot]
    release_day: int
    days_after: int
    earlier: Period

    @property
    def first(self) -> date:
        """The first calendar day."""
        return self.slots[0].place

    @property
    def last(self) -> date:
        """The last calendar day that counts."""
        return max(day for slot in self.slots for day in slot.days or (slot.place,))

    def steps(self, start: int) -> list[int]:
        """Where earlier releases took over within the slots from `start` up to the release."""
        found, before = [], None
        for index in range(start, self.release_day):
            period = self.slots[index].period
            if period is not None:
                if before is not None and period != before:
                    found.append(index - start)
                before = period
        return found


@dataclass(frozen=True)
class Refusal:
    """Why nothing can be said, and whether waiting helps."""

    reason: str
    may_change: bool


def periods_of(agent: Agent, publications: Sequence[Publication]) -> list[Period]:
    """The publications as days, in their order."""
    return [
        Period(
            one.release_id,
            one.release.number,
            agent.local_date(one.started_at),
            agent.local_date(one.ended_at) if one.ended_at else None,
        )
        for one in publications
    ]


def comparable_window(
    periods: Sequence[Period],
    place: int,
    days_after: int,
    today: date,
    left_out: Collection[date] = (),
) -> Window | Refusal:
    """The days to compare for the publication at `place`, or why there are none."""
    this = periods[place]
    earlier = next((p for p in reversed(periods[:place]) if p.start < this.start), None)
    if earlier is None:
        return Refusal("No release was live before it.", may_change=False)
    if refusal := too_short(this, days_after, today):
        return refusal
    cut = this.end == this.start + timedelta(days=days_after)
    last = this.start + timedelta(days=days_after - 1 if cut else days_after)
    first = this.start - timedelta(days=reach_back(earlier, this.start))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    slots = [slot_of(day, periods, left_out) for day in days]
    release_day = (this.start - first).days
    if not cut:
        slots[release_day] = Slot(this.start, why_out=f"release {this.number} went live")
    own = sum(slot.period == earlier for slot in slots[:release_day])
    if own < WEEK:
        reason = f"Release {earlier.number} before it was live for {own} whole days; 7 are needed."
        return Refusal(reason, may_change=False)
    usable = sum(bool(slot.days) for slot in slots[:release_day])
    if usable < DAYS_BEFORE:
        reason = f"There are {usable} whole days before it; {DAYS_BEFORE} are needed."
        return Refusal(reason, may_change=False)
    return Window(slots, release_day, days_after, earlier)


def too_short(this: Period, days_after: int, today: date) -> Refusal | None:
    """Whether the release was, or has been, live for too few whole days."""
    last = this.start + timedelta(days=days_after)
    if this.end is not None and this.end < last:
        days = (this.end - this.start).days
        return Refusal(f"It was live for {days} days; {days_after} are needed.", may_change=False)
    if this.end is None and today <= last:
        more = (last - today).days + 1
        words = f"{more} more whole day{'' if more == 1 else 's'}"
        return Refusal(f"{words} {'is' if more == 1 else 'are'} needed.", may_change=True)
    return None


def reach_back(earlier: Period, start: date) -> int:
    """How many calendar days before the release are looked at: 12 weeks where one release was live
    for 8 and more, so that a trend can be seen; else 8.
    """
    quiet = (start - earlier.start).days
    return min(TREND_DAYS, quiet) if quiet >= FARTHEST else FARTHEST


def slot_of(day: date, periods: Sequence[Period], left_out: Collection[date]) -> Slot:
    """What one calendar day is to the comparison."""
    if day in left_out:
        return Slot(day, why_out="left out")
    whole = next((period for period in periods if period.holds(day)), None)
    if whole is not None:
        return Slot(day, (day,), whole)
    began = [period for period in periods if period.start == day]
    if not began:
        return Slot(day, why_out="no release was live")
    if len(began) == 1 and began[0].halves_match and began[0].end not in left_out:
        assert began[0].end is not None
        return Slot(day, (day, began[0].end), began[0])
    return Slot(day, why_out=f"release {began[-1].number} went live")
