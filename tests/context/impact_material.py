"""Days of conversations around releases, as counts."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from context.editing.drafts import create_draft
from context.impacts.measuring import measure_impacts
from context.models import Agent, Figure, Impact, Measurement, Release
from context.releases.content import DocumentContent
from tests.make import make_agent, make_content

START = date(2026, 11, 2)
# Weekday effects and some noise; the same every week but for a little.
WEEKDAYS = [0.30, 0.33, 0.31, 0.29, 0.34, 0.25, 0.24]
WOBBLE = [0.01, -0.01, 0.02, 0.0, -0.02, 0.01, -0.01, -0.02, 0.015, 0.005, -0.005]


def noon(day: date) -> datetime:
    """Noon of a day, UTC."""
    return datetime.combine(day, time(12), UTC)


def days_from(first: date, count: int) -> list[date]:
    """That many days."""
    return [first + timedelta(days=n) for n in range(count)]


def go_live(
    agent: Agent, day: date, *documents: DocumentContent, prompt: str = "The prompt."
) -> Release:
    """Publish a new release at noon of a day."""
    content = make_content(*documents, prompt=prompt)
    release, _ = create_draft(agent, content, at=noon(day))
    release.submit(noon(day))
    release.publish(noon(day))
    return release


def count_days(
    agent: Agent,
    release: Release,
    days: Iterable[date],
    step: float = 0.0,
    n: int = 100,
    figure: Figure = Figure.AI_RESOLVED,
    topic: str = "",
) -> None:
    """Daily counts on a release: each weekday's usual share plus `step` plus a wobble."""
    Measurement.objects.bulk_create(
        Measurement(
            agent=agent,
            date=day,
            release=release,
            topic=topic,
            figure=figure,
            n=n,
            total=round(
                n * (WEEKDAYS[day.weekday()] + step + WOBBLE[day.toordinal() % len(WOBBLE)])
            ),
        )
        for day in days
    )


def make_step(step: float, weeks: int = 5, **fields: Any) -> tuple[Agent, Release]:
    """Two releases some weeks apart, the second with a step in its resolved share."""
    agent = make_agent(required_checks="", **fields)
    first = START - timedelta(weeks=weeks)
    old = go_live(agent, first, prompt="old")
    new = go_live(agent, START, prompt="new")
    count_days(agent, old, days_from(first + timedelta(days=1), 7 * weeks - 1))
    count_days(agent, new, days_from(START + timedelta(days=1), 10), step)
    return agent, new


def of(rows: Iterable[Impact], figure: Figure = Figure.AI_RESOLVED, number: int = 2) -> Impact:
    """The impact of a release on one figure."""
    [row] = [row for row in rows if row.figure == figure and row.release.number == number]
    return row


def measured(agent: Agent, days: int = 8) -> list[Impact]:
    """The impacts measured that many days after the release."""
    return measure_impacts(agent, noon(START + timedelta(days=days)))
