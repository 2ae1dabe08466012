"""What the quality page shows: tiles with their changes, weeks, days, releases and segments."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse

from context.charts.layers import EraMark, Mark
from context.charts.specs import Point
from context.models import Agent, Publication
from conversations.figures import monday_of, week_name
from reviews.quality.eras import Era, changes
from reviews.quality.figure import interval_of
from reviews.quality.labels import Labels
from reviews.quality.windows import Change, Figure, Window, change

PROVISIONAL_UNTIL = 0.9  # of the draws judged: before, late verdicts can still move the figure
WEEK = timedelta(days=7)
DAYS_SHOWN = 14


@dataclass(frozen=True)
class Tile:
    """A window's figure and how it differs from the one before."""

    name: str
    figure: Figure
    before: Figure
    change: Change


@dataclass(frozen=True)
class Row:
    """A window of the course: a week or a day, with its counts and the eras it holds."""

    name: str
    figure: Figure
    conversations: int
    drawn: int
    judged: int
    failed: int
    provisional: bool
    eras: list[Era]


class Course:
    """The labels of a longer time, from which every window in it is estimated."""

    def __init__(self, found: Iterable[Labels], known: Sequence[Era]) -> None:
        self.by_day: dict[date, list[Labels]] = defaultdict(list)
        for one in found:
            self.by_day[one.day].append(one)
        self.eras = list(known)

    def within(self, window: Window) -> list[Labels]:
        """The labels of a window."""
        return [one for day, rows in self.by_day.items() if window.holds(day) for one in rows]

    def figure(self, window: Window) -> Figure:
        """The quality of a window."""
        return Figure(window, interval_of(self.within(window)))

    def tile(self, name: str, window: Window, before: Window) -> Tile:
        """A window against an earlier one."""
        earlier, later = self.figure(before), self.figure(window)
        return Tile(name, later, earlier, change(earlier, later, self.eras))

    def row(self, name: str, window: Window, today: date) -> Row:
        """A week or a day with its counts."""
        found = self.within(window)
        drawn, judged = sum(one.drawn for one in found), sum(one.judged for one in found)
        running = window.last >= today
        return Row(
            name=name,
            figure=Figure(window, interval_of(found)),
            conversations=sum(one.size for one in found),
            drawn=drawn,
            judged=judged,
            failed=sum(one.failed for one in found),
            provisional=running or judged < PROVISIONAL_UNTIL * drawn,
            eras=self.eras_of(window),
        )

    def eras_of(self, window: Window) -> list[Era]:
        """The eras that hold days of a window."""
        begun = [era for era in self.eras if era.first_day <= window.last]
        inside = [era for era in begun if era.first_day > window.first]
        return begun[-len(inside) - 1 :]


def tiles(course: Course, last: date) -> list[Tile]:
    """Rolling seven days, this week, last week, each against the window before it."""
    week = Window.week(monday_of(last))
    running = Window(week.first, last)
    rolling = Window.rolling(last)
    return [
        course.tile("Last 7 days", rolling, rolling.earlier()),
        course.tile(f"This week, {week_name(week.first)}", running, week.earlier()),
        course.tile("Last week", week.earlier(), week.earlier().earlier()),
    ]


def weeks(course: Course, last: date, count: int, today: date) -> list[Row]:
    """The weeks up to the one of the last day, without empty ones at the start."""
    this = monday_of(last)
    mondays = [this - back * WEEK for back in range(count - 1, -1, -1)]
    rows = [course.row(week_name(monday), Window.week(monday), today) for monday in mondays]
    start = next((i for i, row in enumerate(rows) if row.conversations), len(rows))
    return rows[start:]


def days(course: Course, last: date, today: date) -> list[Row]:
    """Single days, the newest first."""
    found = [last - timedelta(days=back) for back in range(DAYS_SHOWN)]
    rows = [course.row(f"{day.day} {day:%b}", Window(day, day), today) for day in found]
    return [row for row in rows if row.conversations]


def points(rows: Sequence[Row]) -> list[Point]:
    """The chart's points; a week without a figure has none. A line is a scorecard's."""
    found = []
    for row in rows:
        one = row.figure.interval
        if one.estimate is None:
            continue
        line = str(row.eras[-1].scorecard.version) if row.eras else ""
        monday, values = row.figure.window.first, (one.estimate, one.n, one.low, one.high)
        found.append(Point(line, row.name, monday, *values, row.provisional))
    return found


def release_marks(agent: Agent, window: Window) -> list[Mark]:
    """The releases that went live in a window, newest first."""
    published = Publication.objects.filter(
        release__agent=agent, started_at__date__range=(window.first, window.last)
    )
    return [
        Mark(number, day, _page(agent, "context:release", number), f"Release {number} went live")
        for number, started in published.order_by("-started_at").values_list(
            "release__number", "started_at"
        )
        for day in [agent.local_date(started)]
    ]


def era_marks(agent: Agent, known: Sequence[Era]) -> list[EraMark]:
    """Where the judge or the scorecard changed."""
    return [
        EraMark(
            f"J{era.judge.number}",
            era.first_day,
            f"{_page(agent, 'reviews:agreement')}?judge={era.judge.number}",
            f"From {era.first_day.day} {era.first_day:%B} on: {era.name}",
        )
        for era in changes(known)
    ]


def _page(agent: Agent, name: str, *args: Any) -> str:
    return reverse(name, args=[agent.workspace.slug, agent.slug, *args])
