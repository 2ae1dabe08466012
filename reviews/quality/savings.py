"""What the judge's grades save people, measured on the workspace's own labels."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reviews.quality.figure import interval_of
from reviews.quality.labels import Labels
from stats.savings import reviews_saved

LEAST_LABELS = 400
LONGEST = timedelta(days=180)  # labels older than that say nothing of the judge as it is
NARROWEST = 0.005  # a width that would take a plain sample of 100,000 and more


@dataclass(frozen=True)
class Saved:
    """Savings over the newest labels, or why none are claimed.

    `plain` is the plain random sample that would give as narrow an interval; `share` is what part
    of its reviews was saved, negative where it would have been the better one.
    """

    labels: int
    first_day: date | None
    last_day: date | None
    width: float | None
    plain: int | None
    share: float | None
    reason: str = ""


def saved(found: Sequence[Labels]) -> Saved:
    """Measure on the newest whole days that hold at least 400 labels together."""
    per_day = Counter[date]()
    for one in found:
        per_day[one.day] += one.judged
    total, first = 0, None
    for day in sorted(per_day, reverse=True):
        if total >= LEAST_LABELS:
            break
        total, first = total + per_day[day], day
    if total < LEAST_LABELS or first is None:
        return _unclaimed(total, f"measured from {LEAST_LABELS} verdicts on; now {total}")
    used = [one for one in found if one.day >= first]
    interval = interval_of(used)
    if interval.is_refused:
        return _unclaimed(total, interval.reason.removeprefix("insufficient data: "))
    estimate, low, high = interval.limits
    if high - low < NARROWEST:
        return _unclaimed(total, "nearly everything was read: there is nothing to save")
    plain, share = reviews_saved(1 - estimate, high - low, interval.n)
    return Saved(interval.n, first, max(per_day), high - low, round(plain), share)


def _unclaimed(labels: int, reason: str) -> Saved:
    return Saved(labels, None, None, None, None, None, reason)


def saved_by_month(found: Sequence[Labels]) -> list[tuple[date, Saved]]:
    """The same for each calendar month with 400 labels, the newest first."""
    months = sorted({one.day.replace(day=1) for one in found}, reverse=True)
    rows = [(month, saved([one for one in found if _same(one.day, month)])) for month in months]
    return [(month, one) for month, one in rows if one.share is not None]


def _same(day: date, month: date) -> bool:
    return (day.year, day.month) == (month.year, month.month)
