"""Daily counts are replaced as a whole, so that counting again never counts twice."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from context.measurements import replace, series
from context.models import Agent, Figure, Measurement
from tests.make import make_agent, make_live_release

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)
ANSWERED = {Figure.AI_ANSWERED}


def row(agent: Agent, day: date, total: int, **segment: Any) -> Measurement:
    """Ten conversations of a day, of which `total` were answered."""
    fields: dict[str, Any] = {"figure": Figure.AI_ANSWERED, "n": 10, "total": total} | segment
    return Measurement(agent=agent, date=day, **fields)


def test_counting_a_day_again_replaces_it() -> None:
    agent = make_agent()
    for total in (3, 5):
        replace(agent, {MONDAY}, ANSWERED, [row(agent, MONDAY, total)])
    assert series(agent, Figure.AI_ANSWERED, MONDAY, TUESDAY) == [(MONDAY, 10, 5, 0)]


def test_other_days_figures_and_agents_stay() -> None:
    agent = make_agent()
    other = make_agent(agent.workspace, slug="other")
    everything = {Figure.AI_ANSWERED, Figure.AI_CLOSE}
    kept = [row(agent, TUESDAY, 2), row(agent, MONDAY, 1, figure=Figure.AI_CLOSE)]
    replace(agent, {MONDAY, TUESDAY}, everything, [row(agent, MONDAY, 3), *kept])
    replace(other, {MONDAY}, ANSWERED, [row(other, MONDAY, 9)])
    replace(agent, {MONDAY}, ANSWERED, [])
    assert list(agent.measurements.order_by("total").values_list("total", flat=True)) == [1, 2]
    assert other.measurements.get().total == 9


def test_a_series_sums_its_segments_or_shows_one() -> None:
    agent = make_agent()
    release = make_live_release(agent)
    rows = [
        row(agent, MONDAY, 4, topic="returns", release=release),
        row(agent, MONDAY, 1, topic="washing"),
        row(agent, TUESDAY, 2, topic="washing"),
    ]
    replace(agent, {MONDAY, TUESDAY}, ANSWERED, rows)
    figure = Figure.AI_ANSWERED
    assert series(agent, figure, MONDAY, TUESDAY) == [(MONDAY, 20, 5, 0), (TUESDAY, 10, 2, 0)]
    assert series(agent, figure, MONDAY, TUESDAY, release=release) == [(MONDAY, 10, 4, 0)]
    assert series(agent, figure, TUESDAY, TUESDAY, topic="washing") == [(TUESDAY, 10, 2, 0)]


def test_a_row_outside_of_what_is_replaced_is_refused() -> None:
    agent = make_agent()
    with pytest.raises(ValueError, match="not among the days"):
        replace(agent, {MONDAY}, ANSWERED, [row(agent, TUESDAY, 3)])
    assert not agent.measurements.exists()


@pytest.mark.parametrize("bound", [True, False])
def test_the_same_segment_twice_is_refused_by_the_database(bound: bool) -> None:
    agent = make_agent()
    release = make_live_release(agent) if bound else None
    rows = [row(agent, MONDAY, total, release=release) for total in (1, 2)]
    with pytest.raises(IntegrityError), transaction.atomic():
        replace(agent, {MONDAY}, ANSWERED, rows)
