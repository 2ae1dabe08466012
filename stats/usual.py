"""The usual range of a figure: what next week's value is expected between, from the weeks before.

A forecast by the mean of the last weeks, with the spread that such forecasts had: past residuals
hold the noise of sampling and what weeks differ by beyond it; their mean holds a steady trend. The
range never is narrower than sampling alone would make it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance

from stats.intervals import Interval
from stats.quantiles import t_quantile

WINDOW = 4  # weeks whose mean is the forecast
LEAST_RESIDUALS = 6
LEAST_WEEKS = WINDOW + LEAST_RESIDUALS
MOST_WEEKS = 26
METHOD = "forecast by the last 4 weeks, t of past residuals"


@dataclass(frozen=True)
class Past:
    """A figure of one week and the standard error that sampling gives it."""

    value: float
    se: float


def usual_range(
    past: Sequence[Past], se: float, error: float, bounds: tuple[float, float] | None = None
) -> Interval:
    """The range of the week that follows `past` (oldest first), wrong with probability `error`.

    `se` is the sampling error of the week itself. Refused below LEAST_WEEKS weeks.
    """
    weeks = past[-MOST_WEEKS:]
    if len(weeks) < LEAST_WEEKS:
        reason = f"{LEAST_WEEKS} weeks are needed, {len(weeks)} are there"
        return Interval.refused(reason, len(weeks), METHOD)
    residuals = [
        weeks[place].value - forecast(weeks[:place]) for place in range(WINDOW, len(weeks))
    ]
    count = len(residuals)
    centre = forecast(weeks) + fmean(residuals)
    sampling = se**2 + fmean(week.se**2 for week in weeks[-WINDOW:]) / WINDOW
    spread = sqrt(max(variance(residuals), sampling) * (1 + 1 / count))
    reach = t_quantile(1 - error / 2, count - 1) * spread
    low, high = centre - reach, centre + reach
    if bounds is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return Interval(centre, low, high, len(weeks), METHOD)


def forecast(weeks: Sequence[Past]) -> float:
    """The mean of the last weeks."""
    return fmean(week.value for week in weeks[-WINDOW:])


@dataclass(frozen=True)
class Excursion:
    """Places in a series: the first one outside of the range, the last, and the first back inside
    (None while it lasts).
    """

    first: int
    last: int
    ended: int | None


def excursions(outside: Sequence[bool | None]) -> list[Excursion]:
    """The runs of values outside of their range; None, a week without a range, changes nothing."""
    found: list[Excursion] = []
    for place, out in enumerate(outside):
        running = found[-1] if found and found[-1].ended is None else None
        if out and running:
            found[-1] = Excursion(running.first, place, None)
        elif out:
            found.append(Excursion(place, place, None))
        elif out is False and running:
            found[-1] = Excursion(running.first, running.last, place)
    return found
