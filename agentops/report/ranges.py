"""Which figures are watched, and the usual range of each in a week, from the weeks before it."""

from collections.abc import Sequence
from datetime import date, timedelta

from conversations.figures import FigureValue, WeekFigures
from stats.intervals import Interval
from stats.usual import Past, usual_range

# Figures that are compared with their usual range. Those of RIPENING may still change until a week
# is final, so that an early value beside finished ones would cry wolf: they are judged then.
WATCHED = ("ai_answered", "ai_resolved", "ai_handover", "ai_snooze", "csat", "reopen")
RIPENING = ("ai_resolved", "reopen")
ERROR = 0.05  # of a week, shared by the watched figures: each gets its part of it (Bonferroni)
NORMAL = 1.96
ONE_WEEK = timedelta(weeks=1)


def sampling_error(figure: FigureValue) -> float:
    """The standard error its interval tells of."""
    if figure.low is None or figure.high is None:
        return 0.0
    return (figure.high - figure.low) / (2 * NORMAL)


def bounds_of(key: str) -> tuple[float, float]:
    """What the figure cannot leave."""
    return (1.0, 5.0) if key.startswith("csat") else (0.0, 1.0)


def range_of(key: str, weeks: Sequence[WeekFigures], monday: date) -> Interval:
    """The range of the week of `monday`, from those before it in `weeks`; pure."""
    known = {week.monday: week.figures[key] for week in weeks if key in week.figures}
    past = [
        Past(found.value, sampling_error(found))
        for week, found in sorted(known.items())
        if week < monday and found.value is not None
    ]
    now = known.get(monday)
    se = sampling_error(now) if now else 0.0
    return usual_range(past, se, ERROR / len(WATCHED), bounds_of(key))


def is_ripe(key: str, week: WeekFigures) -> bool:
    """Whether the figure may be judged: at once, or when the week is final."""
    return key not in RIPENING or not week.provisional


def is_outside(key: str, weeks: Sequence[WeekFigures], week: WeekFigures) -> bool | None:
    """Whether the figure has left its range in the week; None where that cannot be said."""
    found = week.figures.get(key)
    if found is None or found.value is None or not is_ripe(key, week):
        return None
    usual = range_of(key, weeks, week.monday)
    if usual.low is None or usual.high is None:
        return None
    return not usual.low <= found.value <= usual.high
