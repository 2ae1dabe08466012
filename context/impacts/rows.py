"""The daily data behind an impact, as the rows of a file."""

from collections.abc import Collection, Iterator, Sequence

from context.impacts.reading import Day, Reading, days_of_finding, findings_behind
from context.impacts.split_reading import SplitDay, SplitReading, days_of_split
from context.impacts.window import Window
from context.models import Agent

DAY_COLUMNS = ("figure", "date", "with", "release", "n", "value", "without_mix", "fitted", "out")
SPLIT_COLUMNS = ("figure", "date", "n_new", "value_new", "n_live", "value_live")

Row = Sequence[object]


def csv_rows(
    agent: Agent, source: SplitReading | Reading, figures: Collection[str]
) -> Iterator[Row]:
    """The columns, then a row a day and figure."""
    if isinstance(source, SplitReading):
        yield SPLIT_COLUMNS
        for figure, both in days_of_split(source.rollout, figures).items():
            yield from ([figure, *split_cells(day)] for day in both)
        return
    yield DAY_COLUMNS
    for figure, finding in findings_behind(agent, source, figures).items():
        assert isinstance(source.window, Window)
        for day in days_of_finding(finding, source.window):
            yield [figure, *day_cells(day)]


def day_cells(day: Day) -> Row:
    """A day before the release or on it; empty where there is nothing."""
    with_days = " ".join(str(one) for one in day.with_days)
    values = [number(value) for value in (day.value, day.within, day.fitted)]
    return [day.day, with_days, day.release or "", day.n, *values, day.why_out]


def split_cells(day: SplitDay) -> Row:
    """A day of both sides."""
    return [day.day, day.new_n, number(day.new), day.live_n, number(day.live)]


def number(value: float | None) -> str:
    """Six decimals; empty where there is nothing."""
    return "" if value is None else f"{value:.6f}"
