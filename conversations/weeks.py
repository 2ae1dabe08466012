"""Weeks as people name them: `2026-W47`, or any day in it."""

from datetime import date, timedelta

from conversations.figures import monday_of

MOST_WEEKS = 260


def parse_week(text: str) -> date:
    """The Monday of a week given as `2026-W47` or as a date; ValueError for anything else."""
    year, is_week, number = text.partition("-W")
    if is_week:
        if not (year.isdecimal() and number.isdecimal() and text.isascii()):
            raise ValueError(f"{text!r} is no week")
        return date.fromisocalendar(int(year), int(number), 1)
    return monday_of(date.fromisoformat(text))


def last_weeks(today: date, weeks: int) -> tuple[date, date]:
    """The first and the last Monday of the running week and those before it."""
    last = monday_of(today)
    return last - timedelta(weeks=weeks - 1), last
