"""What a release changed on a daily figure, with the doubt that day-to-day noise demands.

Treating conversations as independent gives 23 to 54 % false alarms, so the day or the week is
the unit here. Every answer is "associated with" the release; only split traffic can say "caused".
Values are one per whole day (or week), oldest first; None marks a day to leave out: part of a
release only, an outage, a holiday, no traffic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stats.intervals import Interval, Moments, t_interval

WEEK = 7
DAYS_BEFORE = 28  # the regression needs four weeks before the release
TREND_DAYS = 56  # and eight quiet ones before a trend is looked for
PAST_CHANGES = 4  # the placebo needs four past changes
RHO_ADDED, RHO_LIMIT = 0.1, 0.7  # r1 of 35 residuals is biased downwards
RHO_ADDED_BESIDE_STEPS = 0.2  # and further where every week has a level of its own
LEAST_DF = 3.0
TREND_ALPHA = 0.2  # a trend wrongly left out costs more than one wrongly put in

ImpactVerdict = Literal["improved", "regressed", "no_clear_change", "cannot_tell_yet"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ReleaseFit:
    """The step at a release, and the regression's value of every day (for a chart)."""

    interval: Interval
    fitted: list[float]


def release_regression(
    daily: Sequence[float | None],
    release_day: int,
    trend: bool = False,
    alpha: float = 0.05,
    steps: Sequence[int] = (),
    variances: Sequence[float] | None = None,
) -> ReleaseFit:
    """The step at `release_day` (index into `daily`) beside weekday effects, and a trend if asked.

    Least squares on weekday dummies (+ (day - release_day) / 7) + [day >= s] for the day s of each
    earlier release (`steps`) + [day >= release_day]; rho = clip(r1 + 0.1, 0, 0.7) of the residuals
    (+ 0.2 beside other steps), se times sqrt((1 + rho) / (1 - rho)), df = (T - p)(1 - rho) / (1 +
    rho), at least 3. This project: 4-6 % false alarms where Newey-West has 26-46 %.

    `variances` are what sampling alone does to each day's value: days on which less was counted
    then weigh less, by 1 / (variance between days + sampling variance). Equal ones change nothing.
    Refused below 28 usable days before or 7 after, or 7 between this release and the one before.
    """
    values = np.array([np.nan if value is None else value for value in daily], dtype=float)
    used = ~np.isnan(values)
    method = "weekday regression" + (", a step per release" if steps else "")
    method += " with trend" if trend else ""
    if reason := _too_few(used, release_day, steps):
        return ReleaseFit(Interval.refused(reason, int(used.sum()), method), [])
    design = _design(len(values), release_day, trend, steps)
    weights = _weights(design[used], values[used], variances, used)
    coefficients, se, residuals = _least_squares(design, values, used, weights)
    rho = _autocorrelation(residuals, RHO_ADDED_BESIDE_STEPS if steps else RHO_ADDED)
    shrink = (1 - rho) / (1 + rho)
    df = max(LEAST_DF, (int(used.sum()) - design.shape[1]) * shrink)
    effect = float(coefficients[-1])
    found = t_interval(effect, se / sqrt(shrink), df, int(used.sum()), method, alpha)
    return ReleaseFit(found, [float(value) for value in design @ coefficients])


def _too_few(used: NDArray[np.bool_], release_day: int, steps: Sequence[int]) -> str:
    """Why the days do not carry the regression; empty when they do."""
    before, after = int(used[:release_day].sum()), int(used[release_day:].sum())
    if not before + after:
        return "nothing was counted"
    if before < DAYS_BEFORE or after < WEEK:
        return (
            f"insufficient data: {before} whole days before (28 needed), {after} after (7 needed)"
        )
    last = max((step for step in steps if step < release_day), default=0)
    between = int(used[last:release_day].sum())
    if between < WEEK:
        return f"insufficient data: {between} whole days on the release before it (7 needed)"
    return ""


def shows_trend(before: Sequence[float | None], variances: Sequence[float] | None = None) -> bool:
    """Whether the days before a release rise or fall by themselves: the trend of a weekday
    regression, AR(1)-inflated, is not 0 at the 20 % level. False below eight weeks.
    """
    values = np.array([np.nan if value is None else value for value in before], dtype=float)
    used = ~np.isnan(values)
    if used.sum() < TREND_DAYS:
        return False
    day = np.arange(len(values))
    design = np.column_stack([_weekdays(len(values)), day / WEEK])
    weights = _weights(design[used], values[used], variances, used)
    coefficients, se, residuals = _least_squares(design, values, used, weights)
    rho = _autocorrelation(residuals, RHO_ADDED)
    shrink = (1 - rho) / (1 + rho)
    df = max(LEAST_DF, (int(used.sum()) - design.shape[1]) * shrink)
    slope = t_interval(float(coefficients[-1]), se / sqrt(shrink), df, len(values), "trend")
    return slope.p is not None and slope.p < TREND_ALPHA


def _weekdays(days: int) -> Floats:
    """Seven columns, days x weekdays; on which weekday the series begins does not matter."""
    return np.eye(WEEK)[np.arange(days) % WEEK]


def _design(days: int, release_day: int, trend: bool, steps: Sequence[int]) -> Floats:
    """Regression columns, days x (7 weekdays, trend if asked, earlier steps, this one)."""
    day = np.arange(days)
    columns = [(day - release_day) / WEEK] if trend else []
    columns += [(day >= step).astype(float) for step in (*steps, release_day)]
    return np.column_stack([_weekdays(days), *columns])


def _weights(
    x: Floats, y: Floats, variances: Sequence[float] | None, used: NDArray[np.bool_]
) -> Floats:
    """1 / (variance between days + sampling variance), scaled to a mean of 1; else all 1.

    The variance between days by the method of moments from unweighted residuals: E[RSS] =
    tau² (T - p) + sum m_tt s_t with m = I - hat matrix, as for random effects in meta-analysis
    (DerSimonian & Laird 1986).
    """
    if variances is None:
        return np.ones(len(y))
    sampling = np.array(variances, dtype=float)[used]
    hat = x @ np.linalg.pinv(x)
    rss = float(np.square(y - hat @ y).sum())
    rank = float(np.trace(hat))
    between = max(0.0, (rss - float((1 - np.diag(hat)) @ sampling)) / (len(y) - rank))
    total = between + sampling
    if not total.all():
        return np.ones(len(y))
    weights = 1 / total
    return weights / float(weights.mean())


def _least_squares(
    design: Floats, values: Floats, used: NDArray[np.bool_], weights: Floats
) -> tuple[Floats, float, Floats]:
    """The coefficients, the last one's standard error, the weighted residuals (0 on days left
    out).
    """
    root = np.sqrt(weights)
    x, y = design[used] * root[:, None], values[used] * root
    inverse = np.linalg.pinv(x.T @ x)
    coefficients = inverse @ x.T @ y
    residuals = np.zeros(len(values))
    residuals[used] = y - x @ coefficients
    variance = float(residuals @ residuals) / (len(y) - x.shape[1])
    return coefficients, sqrt(variance * float(inverse[-1, -1])), residuals


def _autocorrelation(residuals: Floats, added: float) -> float:
    """rho = clip(r1 + added, 0, 0.7), r1 = sum e_t e_(t-1) / sum e_t²."""
    squares = float(residuals @ residuals)
    r1 = float(residuals[1:] @ residuals[:-1]) / squares if squares else 0.0
    return min(RHO_LIMIT, max(0.0, r1 + added))


def weekly_change_placebo(weekly: Sequence[float], alpha: float = 0.05) -> Interval:
    """The newest weekly change against the band of past weekly changes.

    Newest change minus the mean of the m past ones, ± t(m - 1) · s sqrt(1 + 1/m): a prediction
    interval (Hahn & Meeker 1991). `weekly` are consecutive whole weeks; 13 give 11 past changes.
    Refused below 4 past changes.
    """
    method = "past weekly changes, t"
    changes = [newer - older for older, newer in zip(weekly, weekly[1:], strict=False)]
    m = len(changes) - 1
    if m < PAST_CHANGES:
        reason = f"insufficient data: {max(0, m)} past weekly changes, {PAST_CHANGES} are needed"
        return Interval.refused(reason, len(weekly), method)
    past = Moments.of(changes[:-1])
    se = sqrt(past.variance * (1 + 1 / m))
    return t_interval(changes[-1] - past.mean, se, m - 1, len(weekly), method, alpha)


def verdict(
    interval: Interval,
    better: Literal["higher", "lower"],
    smallest_change: float,
    adjusted_p: float | None = None,
    alpha: float = 0.05,
) -> ImpactVerdict:
    """What may be said of a change, where a change of `smallest_change` (> 0) would matter.

    An interval clear of 0 is an improvement or a regression, unless the figure is one of several
    and its `adjusted_p` is above `alpha`. One that holds 0 says "no clear change" only when it
    is narrower than ± `smallest_change`; wider, or refused, nothing can be said yet.
    """
    if interval.low is None or interval.high is None or interval.half_width is None:
        return "cannot_tell_yet"
    clear = interval.low > 0 or interval.high < 0
    if clear and (adjusted_p is None or adjusted_p <= alpha):
        return "improved" if (interval.low > 0) == (better == "higher") else "regressed"
    return "no_clear_change" if interval.half_width <= smallest_change else "cannot_tell_yet"
