"""Which figures are watched, and the usual range of each in a week, from the weeks before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from conversations.figures import FigureValue, WeekFigures
from stats.intervals import Interval
from stats.usual import MOST_WEEKS, WINDOW, Past, usual_range

# Figures that are compared with their usual range. Those of RIPENING may still change until a week
# is final, so that an early value beside finished ones would cry wolf: they are judged then.
WATCHED = ("ai_answered", "ai_resolved", "ai_handover", "ai_snooze", "csat", "reopen")
RIPENING = ("ai_resolved", "reopen")
CHECKED = 4  # weeks whose alerts are looked at again; older ones are final
HISTORY = MOST_WEEKS + CHECKED - 1  # weeks before the one that is judged
ERROR = 0.05  # of a week, shared by the watched figures: each gets its part of it (Bonferroni)
NORMAL = 1.96


def sampling_error(figure: FigureValue) -> float:
    """The standard error its interval tells of."""
    if figure.low is None or figure.high is None:
        return 0.0
    return (figure.high - figure.low) / (2 * NORMAL)


def bounds_of(key: str) -> tuple[float, float]:
    """What the figure cannot leave."""
    return (1.0, 5.0) if key.startswith("csat") else (0.0, 1.0)


def is_ripe(key: str, week: WeekFigures) -> bool:
    """Whether the figure may be judged: at once, or when the week is final."""
    return key not in RIPENING or not week.provisional


@dataclass(frozen=True)
class Judged:
    """A week of one figure: its usual range, and whether it left it (None: cannot be said)."""

    week: WeekFigures
    figure: FigureValue
    usual: Interval
    outside: bool | None


def course(key: str, weeks: Sequence[WeekFigures]) -> list[Judged]:
    """The weeks of one figure, oldest first, each judged by those before it; pure.

    Weeks outside are set aside, so that a fall does not widen the range that has to show it. After
    WINDOW weeks outside the figure has found a new level, and they count.
    """
    past: list[Past] = []
    aside: list[Past] = []
    found = []
    for week in weeks:
        figure = week.figures.get(key)
        if figure is None or figure.value is None:
            continue
        now = Past(figure.value, sampling_error(figure))
        usual = usual_range(past, now.se, ERROR / len(WATCHED), bounds_of(key))
        outside = left(usual, figure.value) if is_ripe(key, week) else None
        found.append(Judged(week, figure, usual, outside))
        if outside and len(aside) < WINDOW - 1:
            aside.append(now)
        else:
            past += [*aside, now] if outside else [now]
            aside = []
    return found


def left(usual: Interval, value: float) -> bool | None:
    """Whether a value lies outside; None without a range."""
    if usual.low is None or usual.high is None:
        return None
    return not usual.low <= value <= usual.high
