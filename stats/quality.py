"""The unbiased failure rate and quality of a period, from the daily stratified reviews.

The rules of when which interval is valid, and when none is: see `failure_rate_interval`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from stats.intervals import Interval
from stats.strata import (
    Stratum,
    pool_strata,
    split_beta_interval,
    stratified_proportion,
    stratified_score_interval,
    verdict_strata_interval,
)

MINIMUM_REVIEWS = 20  # below, counts only
GRADED_REVIEWS = 90  # from here on the grades are strata of their own
UNCOVERED_LIMIT = 0.20  # the largest share of volume that may be without a review
LAST_FAIL_GRADE = 2  # grades 1 and 2 say "failed", 3 to 5 "went well"
FLAGGED = 0  # must-review conversations that were drawn rather than taken in full


class Cell(NamedTuple):
    """One judge grade on one day: N conversations, n drawn and reviewed, x of those failed.

    Grades run from 5 (the judge is surest it went well) to 1 (surest it failed). Conversations
    of the must-review stratum are not in here.
    """

    day: date
    grade: int
    N: int
    n: int
    x: int


def quality_interval(
    cells: Sequence[Cell], flagged: Sequence[Stratum] = (), alpha: float = 0.05
) -> Interval:
    """The share of conversations that did not fail: 1 - `failure_rate_interval`."""
    return failure_rate_interval(cells, flagged, alpha).complement()


def failure_rate_interval(
    cells: Sequence[Cell], flagged: Sequence[Stratum] = (), alpha: float = 0.05
) -> Interval:
    """The share of all conversations that failed, corrected for how they were chosen.

    `cells` are the random sample; `flagged` the must-review stratum, one entry a day. Days on
    which all flagged were reviewed add to the mean without variance, others are a stratum.
    - from 90 reviews of the sample on: split-Beta over the H strata, c = 1 / H;
    - from 20 on: split-Beta over judge-ok and judge-fail;
    - below 20, or with more than 20 % of the volume in a grade or in days without any review:
      refused, with the reason and the counts.
    Interval.n counts all reviews used, flagged ones included. Statistics of the project, sec. 2.
    """
    by_day = _by_day(cells)
    census = [f for f in flagged if f.N > 0 and f.n == f.N]
    drawn = [f for f in flagged if f.n < f.N]
    labels = round(sum(c.n for c in cells) + sum(f.n for f in flagged))
    reason = _why_refused(by_day, drawn, sum(f.N for f in census))
    if reason:
        return Interval.refused(reason, labels, "split-Beta")
    strata = _with_flagged(_pool_grades(by_day), drawn)
    if sum(c.n for c in cells) >= GRADED_REVIEWS:
        ordered = list(strata.values())
        result = split_beta_interval(ordered, 1 / len(ordered), census, alpha=alpha)
    else:
        ok = [s for grade, s in strata.items() if grade > LAST_FAIL_GRADE]
        fail = [s for grade, s in strata.items() if grade <= LAST_FAIL_GRADE]
        result = verdict_strata_interval(ok, fail, census, alpha)
    return replace(result, n=labels)


def cross_check(cells: Sequence[Cell], flagged: Sequence[Stratum] = ()) -> Interval:
    """The failure rate with the stratified score interval: wider, and of another derivation.

    Over the same strata as `failure_rate_interval`; what was reviewed in full adds to the mean
    without doubt. Refused where that is.
    """
    usual = failure_rate_interval(cells, flagged)
    if usual.is_refused:
        return replace(usual, method="stratified score")
    strata, census = _strata_of(cells, flagged)
    known, rest = sum(f.x for f in census), sum(s.N for s in strata)
    volume = rest + sum(f.N for f in census)
    estimate, low, high = (
        (known + rest * limit) / volume for limit in stratified_score_interval(strata).limits
    )
    return Interval(estimate, low, high, usual.n, "stratified score")


def standard_error(cells: Sequence[Cell], flagged: Sequence[Stratum] = ()) -> float | None:
    """The standard error of the failure rate by the design of the sample, Cochran's.

    None where the figure is refused, or a stratum has one review. Not for an interval: it is 0
    when no failure was found.
    """
    if failure_rate_interval(cells, flagged).is_refused:
        return None
    strata, census = _strata_of(cells, flagged)
    return stratified_proportion([*strata, *census]).se


def _strata_of(
    cells: Sequence[Cell], flagged: Sequence[Stratum]
) -> tuple[list[Stratum], list[Stratum]]:
    """The strata of the sample, days pooled, and the flagged that were all reviewed."""
    census = [f for f in flagged if f.N > 0 and f.n == f.N]
    drawn = [f for f in flagged if f.n < f.N]
    return list(_with_flagged(_pool_grades(_by_day(cells)), drawn).values()), census


def _by_day(cells: Iterable[Cell]) -> dict[date, list[Cell]]:
    """The cells that hold conversations; ValueError unless 0 <= x <= n <= N."""
    by_day = defaultdict(list)
    for cell in cells:
        if not 0 <= cell.x <= cell.n <= cell.N:
            raise ValueError(f"not x failures among n reviews of N conversations: {cell}")
        if cell.N > 0:
            by_day[cell.day].append(cell)
    return by_day


def _why_refused(
    by_day: Mapping[date, Sequence[Cell]], drawn: Sequence[Stratum], in_full: float
) -> str:
    """The reason why the reviews cannot carry a figure; empty when they can."""
    cells = [cell for day in by_day.values() for cell in day]
    reviewed, failed = sum(c.n for c in cells), sum(c.x for c in cells)
    if reviewed < MINIMUM_REVIEWS:
        counts = f"{reviewed} of {MINIMUM_REVIEWS} sampled verdicts, {failed} failed"
        return f"insufficient data: {counts}"
    volume = sum(c.N for c in cells) + sum(f.N for f in drawn) + in_full
    for what, size in _uncovered(by_day, drawn):
        if size > UNCOVERED_LIMIT * volume:
            return f"insufficient data: {what} {size / volume:.0%} of volume without a review"
    return ""


def _uncovered(
    by_day: Mapping[date, Sequence[Cell]], drawn: Sequence[Stratum]
) -> Iterable[tuple[str, float]]:
    """The volume of days, of each grade and of flags that nobody reviewed."""
    days = [day for day in by_day.values() if not any(c.n for c in day)]
    yield "days with", sum(c.N for day in days for c in day)
    cells = [cell for day in by_day.values() for cell in day]
    for grade in sorted({c.grade for c in cells}, reverse=True):
        same = [c for c in cells if c.grade == grade]
        if not any(c.n for c in same):
            yield f"grade {grade} has", sum(c.N for c in same)
    yield "must-review days with", sum(f.N for f in drawn if f.n == 0)


def _pool_grades(by_day: Mapping[date, Sequence[Cell]]) -> dict[int, Stratum]:
    """One stratum a grade over all days, best grade first; volume without reviews is merged.

    A grade without a review on a day joins its nearest reviewed grade of that day; a day without
    reviews is taken to be like the other days, grade by grade.
    """
    days: dict[int, list[Stratum]] = defaultdict(list)
    left_over: dict[int, float] = defaultdict(float)
    for cells in by_day.values():
        sizes = {c.grade: float(c.N) for c in cells}
        reviewed = {c.grade: c for c in cells if c.n > 0}
        if not reviewed:
            for grade, size in sizes.items():
                left_over[grade] += size
            continue
        for grade, size in _join_nearest(sizes, reviewed).items():
            days[grade].append(Stratum(size, reviewed[grade].n, reviewed[grade].x))
    pooled = {grade: pool_strata(days[grade]) for grade in sorted(days, reverse=True)}
    return _grow(pooled, left_over)


def _join_nearest(sizes: Mapping[int, float], reviewed: Iterable[int]) -> dict[int, float]:
    """Sizes by reviewed grade: each other grade joins the nearest, the worse one of two."""
    joined = dict.fromkeys(reviewed, 0.0)
    for grade, size in sizes.items():
        nearest = min(joined, key=lambda other: (abs(other - grade), other))
        joined[nearest] += size
    return joined


def _grow(strata: Mapping[int, Stratum], more: Mapping[int, float]) -> dict[int, Stratum]:
    """The strata with unreviewed volume added to the nearest grade."""
    extra = _join_nearest(more, strata)
    return {grade: s._replace(N=s.N + extra[grade]) for grade, s in strata.items()}


def _with_flagged(strata: dict[int, Stratum], drawn: Sequence[Stratum]) -> dict[int, Stratum]:
    """Adds the flagged conversations that were drawn: a stratum beyond the worst grade."""
    reviewed = [f for f in drawn if f.n > 0]
    unreviewed = {FLAGGED: sum(f.N for f in drawn if f.n == 0)}
    if reviewed:
        strata = {**strata, FLAGGED: pool_strata(reviewed)}
    return _grow(strata, unreviewed)
