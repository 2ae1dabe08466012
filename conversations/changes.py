"""What changed from one week to another: in points, relative, and on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from conversations.figures import FigureValue, WeekFigures
from stats import wording

# (key, label, kind, whether up is good: None where the direction alone says nothing)
SHOWN: list[tuple[str, str, str, bool | None]] = [
    ("ai_answered", "AI answered", "share", True),
    ("ai_resolved", "AI resolved", "share", True),
    ("ai_share_of_resolutions", "AI share of resolutions", "share", True),
    ("ai_handover", "AI handover", "share", None),
    ("ai_handover_cold", "AI handover without a reply", "share", None),
    ("assisted_escalations", "Assisted escalations", "share", True),
    ("ai_snooze", "AI snooze", "share", None),
    ("snooze_resolved", "Snoozes the AI resolved", "share", True),
    ("snooze_handed_over", "Snoozes handed over", "share", None),
    ("snooze_silent", "Snoozes closed in silence", "share", None),
    ("ai_close", "AI close", "share", None),
    ("ai_ignore", "AI ignore", "share", None),
    ("csat", "CSAT", "score", True),
    ("csat_ai", "CSAT, AI only", "score", True),
    ("csat_mixed", "CSAT, mixed", "score", True),
    ("csat_human", "CSAT, people only", "score", True),
    ("response_rate", "Survey response rate", "share", None),
    ("reopen", "Reopened", "share", False),
    ("cost_per_conversation", "Cost per conversation", "money", False),
]


@dataclass(frozen=True)
class Change:
    """One figure from an earlier to a later week, in points and relative, and if it was good.

    `lowest` and `highest` are (week, value) on the way, both ends included.
    """

    key: str
    label: str
    kind: str
    first: FigureValue | None
    last: FigureValue | None
    lowest: tuple[str, float] | None
    highest: tuple[str, float] | None
    up_is_good: bool | None

    @property
    def difference(self) -> float | None:
        """Later minus earlier; None unless both are known."""
        earlier, later = value_of(self.first), value_of(self.last)
        return None if earlier is None or later is None else later - earlier

    @property
    def relative(self) -> float | None:
        """The difference as a part of the earlier value; None from nothing."""
        earlier = value_of(self.first)
        return self.difference / earlier if self.difference is not None and earlier else None

    @property
    def mood(self) -> str:
        """`good`, `bad`, or empty while the intervals overlap or the direction says nothing."""
        if self.up_is_good is None or not self.difference or not apart(self.first, self.last):
            return ""
        return "good" if (self.difference > 0) == self.up_is_good else "bad"

    @property
    def text(self) -> str:
        """As a report writes it: `28 % → 37 %, +32 %`, or `4.87 → low 4.07 → 4.70` for a score that
        was lower on the way; a single value, or empty, where there is no more.
        """
        earlier, later = value_of(self.first), value_of(self.last)
        steps = [("", value) for value in (earlier, later) if value is not None]
        if self.kind == "score" and self.dipped:
            assert self.lowest is not None
            steps.insert(1, ("low", self.lowest[1]))
        course = wording.course(steps, self.kind)
        if self.kind == "score" or self.relative is None:
            return course
        return f"{course}, {wording.relative(self.relative)}"

    @property
    def dipped(self) -> bool:
        """Whether the figure was lower on the way than at both ends."""
        ends = [value for value in map(value_of, (self.first, self.last)) if value is not None]
        return self.lowest is not None and len(ends) == 2 and self.lowest[1] < min(ends)


def value_of(figure: FigureValue | None) -> float | None:
    """The value, if the figure is there."""
    return figure.value if figure else None


def apart(first: FigureValue | None, last: FigureValue | None) -> bool:
    """Whether the two intervals leave no value in common: a change one may colour."""
    if not first or not last or None in (first.low, first.high, last.low, last.high):
        return False
    return first.high < last.low or last.high < first.low  # type: ignore[operator]


def complete(weeks: Sequence[WeekFigures], today: date) -> list[WeekFigures]:
    """The weeks that have ended and have conversations: the only ones to compare."""
    return [week for week in weeks if week.n and week.monday + timedelta(days=7) <= today]


def changes(weeks: Sequence[WeekFigures]) -> list[Change]:
    """Every figure from the first of the weeks to the last, with its low and high on the way.

    One week alone is a last one without a first.
    """
    if not weeks:
        return []
    found = []
    for key, label, kind, up_is_good in SHOWN:
        course = [
            (week.week, value)
            for week in weeks
            if (value := value_of(week.figures.get(key))) is not None
        ]
        first = weeks[0].figures.get(key) if len(weeks) > 1 else None
        last = weeks[-1].figures.get(key)
        lowest = min(course, key=lambda step: step[1], default=None)
        highest = max(course, key=lambda step: step[1], default=None)
        found.append(Change(key, label, kind, first, last, lowest, highest, up_is_good))
    return found
