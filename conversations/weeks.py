"""Days and weeks as people name them: `2026-11-23`; `2026-W47`, or any day in it."""

from datetime import date, timedelta

from django.utils.dateparse import parse_date

from conversations.figures import monday_of

MOST_WEEKS = 260
FIRST_YEAR, LAST_YEAR = 1990, 2200


def parse_week(text: str) -> date:
    """The Monday of a week given as `2026-W47` or as a date; ValueError for anything else."""
    year, is_week, number = text.partition("-W")
    if not is_week:
        monday = monday_of(date.fromisoformat(text))
    elif year.isdecimal() and number.isdecimal() and text.isascii():
        monday = date.fromisocalendar(int(year), int(number), 1)
    else:
        raise ValueError(f"{text!r} is no week")
    if not FIRST_YEAR <= monday.year < LAST_YEAR:
        raise ValueError(f"a week from {FIRST_YEAR} to {LAST_YEAR - 1} is expected")
    return monday


def parse_day(text: str) -> date:
    """The day given as `2026-11-23`; ValueError for anything else.

    Years far off are refused: the days and weeks around them may not exist as dates.
    """
    day = parse_date(text)
    if day is None or not FIRST_YEAR <= day.year < LAST_YEAR:
        raise ValueError(f"{text!r} is no day from {FIRST_YEAR} to {LAST_YEAR - 1}")
    return day


def last_weeks(today: date, weeks: int) -> tuple[date, date]:
    """The first and the last Monday of the running week and those before it."""
    last = monday_of(today)
    return last - timedelta(weeks=weeks - 1), last
