"""The daily values an impact is made of: as counted, without the mix, touched against untouched."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from context.impacts.window import DAYS_BEFORE, Slot, Window
from context.models import Agent, Measurement
from stats.intervals import Moments
from stats.standardised import Cell, overlap, without_mix

SEGMENT = ("topic", "channel", "language")  # fixed before the agent acts: never an outcome
SMALL = 30  # segments with fewer before the release are taken together
TOGETHER = ("small segments",)
NOTHING = Moments(0, 0.0, 0.0)

Segment = tuple[str, ...]
Counted = dict[Segment, Moments]  # of one slot
# figure to (day, release) to segment to its count
Counts = Mapping[str, Mapping[tuple[date, int | None], Mapping[Segment, Moments]]]


@dataclass(frozen=True)
class Series:
    """Daily values up to the last day that counts, the release's place among them, what sampling
    alone does to each (its variance), and where earlier releases took over.
    """

    values: list[float | None]
    variances: list[float]
    release_day: int
    steps: list[int]


@dataclass(frozen=True)
class Days:
    """One figure's counts on the slots that are compared, beginning at slot `start`."""

    window: Window
    start: int
    counted: list[Counted]

    @property
    def release_day(self) -> int:
        """The place of the release among the days."""
        return self.window.release_day - self.start

    @property
    def before(self) -> list[Counted]:
        """The days before the release."""
        return self.counted[: self.release_day]

    @property
    def after(self) -> list[Counted]:
        """The days on it."""
        return self.counted[self.release_day :]


def counts_of(agent: Agent, figures: Collection[str], window: Window) -> Counts:
    """All counts of a window, in one query."""
    rows = (
        Measurement.objects.filter(
            agent=agent, figure__in=figures, date__range=(window.first, window.last)
        )
        .order_by()
        .values_list("date", "release", "figure", *SEGMENT)
        .annotate(Sum("n"), Sum("total"), Sum("total_squares"))
    )
    found: dict[str, dict[tuple[date, int | None], Counted]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for day, release, figure, *rest in rows:
        segment, moments = tuple(rest[:-3]), Moments(*rest[-3:])
        found[figure][day, release][segment] = moments
    return found


def days_of(counts: Counts, figure: str, window: Window, long: bool = False) -> Days:
    """A figure's counts from as far back as 28 days with counts reach, or (`long`) all of them."""
    of_figure = counts.get(figure, {})
    counted = [on_slot(of_figure, slot) for slot in window.slots]
    if long:
        return Days(window, 0, counted)
    start, seen = window.release_day, 0
    while start and seen < DAYS_BEFORE:
        start -= 1
        seen += bool(counted[start])
    return Days(window, start, counted[start:])


def quiet(window: Window) -> bool:
    """Whether one release was live for eight weeks and more before it: only such a past can show
    a trend, since a release in every week would hide it in its steps.
    """
    periods = {slot.period for slot in window.slots[: window.release_day] if slot.period}
    return periods == {window.earlier} and window.release_day >= 2 * DAYS_BEFORE


def on_slot(
    of_figure: Mapping[tuple[date, int | None], Mapping[Segment, Moments]], slot: Slot
) -> Counted:
    """What was counted on the slot's release in all its calendar days."""
    found: Counted = {}
    release = slot.period.release_id if slot.period else None
    for day in slot.days:
        for segment, more in of_figure.get((day, release), {}).items():
            found[segment] = add(found.get(segment, NOTHING), more)
    return {segment: moments for segment, moments in found.items() if moments.n}


def add(one: Moments, other: Moments) -> Moments:
    """Both together."""
    n, total, squares = (a + b for a, b in zip(one, other, strict=True))
    return Moments(int(n), total, squares)


def pooled(days: Sequence[Counted]) -> Counted:
    """Segments over all days."""
    found: Counted = {}
    for day in days:
        for segment, moments in day.items():
            found[segment] = add(found.get(segment, NOTHING), moments)
    return found


def together(days: Sequence[Counted]) -> Moments:
    """Everything over all days."""
    found = NOTHING
    for moments in pooled(days).values():
        found = add(found, moments)
    return found


def merged(days: Days) -> list[Counted]:
    """The days with all segments that were small before the release taken together."""
    small = {name for name, moments in pooled(days.before).items() if moments.n < SMALL}
    found = []
    for day in days.counted:
        kept = {name: moments for name, moments in day.items() if name not in small}
        rest = together([{name: day[name] for name in day if name in small}])
        found.append(kept | ({TOGETHER: rest} if rest.n else {}))
    return found


def as_counted(days: Days, rate: bool) -> Series:
    """The daily values as they are."""
    totals = [together([day]) for day in days.counted]
    values = [one.total / one.n if one.n else None for one in totals]
    return series(days, values, [one.n for one in totals], rate)


@dataclass(frozen=True)
class Adjusted:
    """Daily values without the mix; the segments of both sides, and the share without a
    counterpart.
    """

    series: Series
    before: dict[Segment, Moments]
    after: dict[Segment, Moments]
    excluded: float


def without_the_mix(days: Days, rate: bool) -> Adjusted:
    """The daily values with each segment held at its share, at the rate it had before."""
    counted = merged(days)
    before, after = pooled(counted[: days.release_day]), pooled(counted[days.release_day :])
    names = {str(segment): segment for segment in before | after}
    common, excluded = overlap(*(cells(side) for side in (before, after)))
    kept = [names[name] for name in common]
    everything = sum(before[name].n + after[name].n for name in kept)
    rates = {str(name): before[name].mean for name in kept}
    weights = {str(name): (before[name].n + after[name].n) / everything for name in kept}
    values = without_mix([cells(day) for day in counted], rates, weights)
    n = [sum(day[name].n for name in kept if name in day) for day in counted]
    old, new = ({name: side[name] for name in kept} for side in (before, after))
    return Adjusted(series(days, values, n, rate), old, new, excluded)


def cells(counted: Counted) -> dict[str, Cell]:
    """Counts as the standardisation takes them."""
    return {str(name): Cell(moments.n, moments.total) for name, moments in counted.items()}


def only(days: Days, belongs: Callable[[str], bool]) -> Days:
    """The days with the conversations of some topics alone."""
    counted = [
        {segment: moments for segment, moments in day.items() if belongs(segment[0])}
        for day in days.counted
    ]
    return Days(days.window, days.start, counted)


def minus(one: Series, other: Series) -> Series:
    """The daily differences of two series of the same days."""
    values = [
        a - b if a is not None and b is not None else None
        for a, b in zip(one.values, other.values, strict=True)
    ]
    variances = [a + b for a, b in zip(one.variances, other.variances, strict=True)]
    return Series(values, variances, one.release_day, one.steps)


def series(days: Days, values: list[float | None], n: Sequence[int], rate: bool) -> Series:
    """Values with their sampling variances: p (1 - p) / n for a share, s² / n for a score, with p
    and s of all days together, so that a day of few does not look certain.
    """
    everything = together(days.counted)
    if not everything.n:
        spread = 0.0
    elif rate:
        spread = everything.mean * (1 - everything.mean)
    else:
        spread = everything.variance if everything.n > 1 else 0.0
    variances = [spread / count if count else 0.0 for count in n]
    return Series(values, variances, days.release_day, days.window.steps(days.start))
