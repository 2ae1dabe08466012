"""What the days say of one figure: pure functions from daily counts to intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from context.impacts.days import (
    Adjusted,
    Counted,
    Counts,
    Days,
    Series,
    as_counted,
    cells,
    days_of,
    minus,
    only,
    quiet,
    together,
    without_the_mix,
)
from context.impacts.window import Window
from context.models import Figure, ImpactEvidence
from stats.dispersion import daily_overdispersion
from stats.impact import ReleaseFit, release_regression, shows_trend, weekly_change_placebo
from stats.intervals import Interval, Moments
from stats.standardised import MOST_EXCLUDED, direct_standardisation
from stats.wording import percent

LEAST_SHARE, LEAST_A_DAY = 0.1, 5  # of the touched and the untouched topics, each
Kind = ImpactEvidence.Kind


class Question(NamedTuple):
    """What is asked of one figure: its good direction, and whether it is a share or a score."""

    better: Literal["higher", "lower"]
    rate: bool = True


QUESTIONS = {
    Figure.AI_RESOLVED: Question("higher"),
    Figure.AI_ANSWERED: Question("higher"),
    Figure.AI_HANDOVER: Question("lower"),
    Figure.CSAT: Question("higher", rate=False),
    Figure.REOPENED: Question("lower"),
    Figure.AI_HANDOVER_COLD: Question("lower"),
    Figure.ASSISTED: Question("higher"),
    Figure.SNOOZE_SILENT: Question("lower"),
    Figure.CSAT_AI: Question("higher", rate=False),
}


class Beside(NamedTuple):
    """One piece of evidence beside the finding."""

    kind: ImpactEvidence.Kind
    interval: Interval


@dataclass(frozen=True)
class Finding:
    """All that the days say of one figure."""

    figure: Figure
    interval: Interval
    before: Moments  # on the release before it
    after: Moments
    days_before: int
    days_after: int
    excluded: float = 0.0
    series: Series | None = None
    raw: Series | None = None
    n: list[int] = field(default_factory=list)  # counted on each day
    weekly: Sequence[float] = ()
    fitted: list[float] = field(default_factory=list)
    start: int = 0
    beside: list[Beside] = field(default_factory=list)


def find(
    figure: Figure,
    counts: Counts,
    window: Window,
    weekly: Sequence[float],
    touched: frozenset[str] | str,
) -> Finding:
    """The change of one figure without the mix, and all that stands beside it.

    `touched` are the topics the release changed, or why there is no telling.
    """
    rate = QUESTIONS[figure].rate
    days, trend = compared_days(figure, counts, window, rate)
    counted = as_counted(days, rate)
    raw = fit(counted, trend)
    adjusted = without_the_mix(days, rate)
    best = adjusted_fit(adjusted, raw, trend)
    beside = [
        Beside(Kind.RAW, raw.interval),
        *mix_of(raw.interval, best.interval, adjusted, rate),
        Beside(Kind.BAND, usual_change(weekly)),
        *control(days, touched, rate, trend),
        *(response(counts, days) if not rate else dispersion(days)),
    ]
    return Finding(
        figure,
        best.interval,
        before=together(on_the_one_before(days)),
        after=together(days.after),
        days_before=sum(map(bool, days.before)),
        days_after=sum(map(bool, days.after)),
        excluded=adjusted.excluded,
        series=adjusted.series,
        raw=counted,
        n=[together([day]).n for day in days.counted],
        weekly=weekly,
        fitted=best.fitted,
        start=days.start,
        beside=beside,
    )


def on_the_one_before(days: Days) -> list[Counted]:
    """The days of the release that was live before, without those of releases before that."""
    slots = days.window.slots[days.start : days.window.release_day]
    earlier = days.window.earlier
    return [day for day, slot in zip(days.before, slots, strict=True) if slot.period == earlier]


def compared_days(figure: Figure, counts: Counts, window: Window, rate: bool) -> tuple[Days, bool]:
    """The days to regress, and whether with a trend: 28 before the release, or up to 84 where they
    are one release's and rise or fall by themselves.
    """
    if quiet(window):
        long = days_of(counts, figure, window, long=True)
        past = without_the_mix(long, rate).series
        end = past.release_day
        if shows_trend(past.values[:end], past.variances[:end]):
            return long, True
    return days_of(counts, figure, window), False


def fit(series: Series, trend: bool) -> ReleaseFit:
    """The weekday regression of a series, with a step at every release in it."""
    return release_regression(
        series.values,
        series.release_day,
        trend,
        steps=series.steps,
        variances=series.variances,
    )


def adjusted_fit(adjusted: Adjusted, raw: ReleaseFit, trend: bool) -> ReleaseFit:
    """The regression without the mix, refused where too much has no counterpart."""
    if raw.interval.is_refused and raw.interval.estimate is None:
        return raw
    if adjusted.excluded > MOST_EXCLUDED:
        reason = (
            f"{percent(adjusted.excluded, 0)} of the conversations are of topics, channels or "
            f"languages that one side alone has; more than {percent(MOST_EXCLUDED, 0)} cannot be "
            "compared"
        )
        interval = raw.interval
        return ReleaseFit(Interval.refused(reason, interval.n, interval.method), raw.fitted)
    return fit(adjusted.series, trend)


def mix_of(raw: Interval, within: Interval, adjusted: Adjusted, rate: bool) -> list[Beside]:
    """What the mix alone changed, raw - within; beside it both windows standardised directly."""
    if raw.estimate is None or within.estimate is None:
        return []
    mix = Interval.refused("", raw.n, "raw - within", raw.estimate - within.estimate)
    found = [Beside(Kind.MIX, mix)]
    if rate and adjusted.before:
        before, after = (list(cells(side).values()) for side in (adjusted.before, adjusted.after))
        change = direct_standardisation(before, after).interval
        without_doubt = Interval.refused("", change.n, change.method, change.estimate)
        found.append(Beside(Kind.STANDARDISED, without_doubt))
    return found


def usual_change(weekly: Sequence[float]) -> Interval:
    """The newest weekly change, with the band in which the past lets one expect it."""
    newest = weekly_change_placebo(weekly)
    if newest.is_refused:
        return newest
    excess, low, high = newest.limits
    change = weekly[-1] - weekly[-2]
    usual = change - excess
    reach = (high - low) / 2
    return Interval(change, usual - reach, usual + reach, len(weekly) - 2, newest.method)


def control(days: Days, touched: frozenset[str] | str, rate: bool, trend: bool) -> list[Beside]:
    """How topics changed that the release did not touch, and the touched ones against them: the
    daily differences, from which the noise both share drops out.
    """
    if isinstance(touched, str):
        return [Beside(Kind.CONTROL, Interval.refused(touched, 0, "daily differences"))]
    groups = [only(days, lambda topic: topic in touched), only(days, lambda t: t not in touched)]
    if reason := too_few(days, *groups):
        return [Beside(Kind.CONTROL, Interval.refused(reason, 0, "daily differences"))]
    ours, theirs = (without_the_mix(group, rate).series for group in groups)
    return [
        Beside(Kind.UNTOUCHED, fit(theirs, trend).interval),
        Beside(Kind.CONTROL, fit(minus(ours, theirs), trend).interval),
    ]


def too_few(days: Days, touched: Days, untouched: Days) -> str:
    """Why one group of topics cannot be compared with the other; empty when they can."""
    everything = together(days.counted).n
    for name, group in (("touched", touched), ("did not touch", untouched)):
        n, a_day = together(group.counted).n, together(group.counted).n / len(days.counted)
        if n < LEAST_SHARE * everything or a_day < LEAST_A_DAY:
            share = n / everything if everything else 0
            return (
                f"the topics it {name} hold {percent(share, 0)} and {a_day:.1f} a day; "
                f"{percent(LEAST_SHARE, 0)} and {LEAST_A_DAY} a day are needed"
            )
    return ""


def response(counts: Counts, days: Days) -> list[Beside]:
    """Whether fewer or more answered the survey: then other people may have spoken."""
    answered = days_of(counts, Figure.SURVEYED, days.window)
    return [Beside(Kind.RESPONSE, fit(as_counted(answered, rate=True), trend=False).interval)]


def dispersion(days: Days) -> list[Beside]:
    """How much more the days before varied than conversations that know nothing of each other."""
    before = [together([day]) for day in days.before]
    found = daily_overdispersion([one.total for one in before], [one.n for one in before])
    if found is None:
        return []
    value = Interval.refused("", sum(one.n for one in before), "Pearson", found.dispersion)
    return [Beside(Kind.DISPERSION, value)]
