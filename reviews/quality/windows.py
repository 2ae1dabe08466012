"""Two windows of the quality figure held against each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, Self

from context.models import Agent
from reviews.quality.eras import Era, scorecard_changes
from reviews.quality.figure import is_wide, quality
from reviews.quality.segments import EVERYTHING, Chosen
from stats.intervals import Interval, mover_difference

ROLLING_DAYS = 7


class Window(NamedTuple):
    """Days from first to last, both included."""

    first: date
    last: date

    @classmethod
    def rolling(cls, last: date, days: int = ROLLING_DAYS) -> Self:
        """The days up to and with the last."""
        return cls(last - timedelta(days=days - 1), last)

    @classmethod
    def week(cls, monday: date) -> Self:
        """An ISO week."""
        return cls(monday, monday + timedelta(days=6))

    def holds(self, day: date) -> bool:
        """Whether a day is one of its days."""
        return self.first <= day <= self.last

    def earlier(self) -> "Window":
        """The window of the same length that ends the day before."""
        days = (self.last - self.first).days + 1
        return Window(self.first - timedelta(days=days), self.first - timedelta(days=1))

    def overlaps(self, other: "Window") -> bool:
        """Whether the two have a day in common."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Figure:
    """The quality of a window, with what must stand beside it."""

    window: Window
    interval: Interval

    @property
    def wide(self) -> bool:
        """Whether it says too little to act on."""
        return is_wide(self.interval, *self.window)


@dataclass(frozen=True)
class Change:
    """The difference of two windows, in words a manager can act on."""

    interval: Interval

    @property
    def direction(self) -> str:
        """`better`, `worse`, `unclear`, or `unknown` when there is no difference to show."""
        if self.interval.low is None or self.interval.high is None:
            return "unknown"
        if self.interval.low > 0:
            return "better"
        return "worse" if self.interval.high < 0 else "unclear"

    @property
    def is_clear(self) -> bool:
        """Whether the quality surely rose or fell."""
        return self.direction in ("better", "worse")

    @property
    def text(self) -> str:
        """`could be −3.0 to +4.0 points: no clear change`."""
        if self.interval.low is None or self.interval.high is None:
            return f"cannot be compared: {self.interval.reason.removeprefix('insufficient data: ')}"
        verdict = {"better": "a clear rise", "worse": "a clear fall", "unclear": "no clear change"}
        span = f"{in_points(self.interval.low)} to {in_points(self.interval.high)} points"
        return f"could be {span}: {verdict[self.direction]}"


def in_points(share: float) -> str:
    """`+4.0`, with a real minus sign."""
    return f"{100 * share:+.1f}".replace("-", "−")


def figure(agent: Agent, window: Window, chosen: Chosen = EVERYTHING) -> Figure:
    """The quality of a window, of everything or of a segment."""
    return Figure(window, quality(agent, *window, **vars(chosen)))


def change(earlier: Figure, later: Figure, known: Sequence[Era]) -> Change:
    """Later minus earlier by MOVER; `known` are the eras of all days from one to the other.

    Refused where the windows overlap, and where the scorecard changed from one to the other: then
    "failed" does not mean the same in both.
    """
    n = earlier.interval.n + later.interval.n
    if earlier.window.overlaps(later.window):
        return Change(Interval.refused("the two windows overlap", n, "MOVER"))
    found = [era for era in scorecard_changes(known) if era.first_day <= later.window.last]
    found = [era for era in found if era.first_day > earlier.window.first]
    if found:
        return Change(Interval.refused(_other_scorecard(found[-1]), n, "MOVER"))
    return Change(mover_difference(earlier.interval, later.interval))


def _other_scorecard(era: Era) -> str:
    day = f"{era.first_day.day} {era.first_day:%B}"
    return f"{era.scorecard} counts since {day}, and failed does not mean the same before and after"
