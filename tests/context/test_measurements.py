"""Daily counts are replaced as a whole, so that counting again never counts twice."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from context.measurements import SegmentCount, replace, series, week_counts
from context.models import DayTotal, Figure, Measurement
from tests.make import make_agent, make_live_release

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)
ANSWERED = {Figure.AI_ANSWERED}


def row(day: date, total: int, **segment: Any) -> SegmentCount:
    """Ten conversations of a day, of which `total` were answered."""
    fields: dict[str, Any] = {"figure": Figure.AI_ANSWERED, "n": 10, "total": total} | segment
    return SegmentCount(date=day, **fields)


def test_counting_a_day_again_replaces_it() -> None:
    agent = make_agent()
    for total in (3, 5):
        replace(agent, {MONDAY}, ANSWERED, [row(MONDAY, total)])
    assert series(agent, Figure.AI_ANSWERED, MONDAY, TUESDAY) == [(MONDAY, 10, 5, 0)]


def test_other_days_figures_and_agents_stay() -> None:
    agent = make_agent()
    other = make_agent(agent.workspace, slug="other")
    everything = {Figure.AI_ANSWERED, Figure.AI_CLOSE}
    kept = [row(TUESDAY, 2), row(MONDAY, 1, figure=Figure.AI_CLOSE)]
    replace(agent, {MONDAY, TUESDAY}, everything, [row(MONDAY, 3), *kept])
    replace(other, {MONDAY}, ANSWERED, [row(MONDAY, 9)])
    replace(agent, {MONDAY}, ANSWERED, [])
    assert list(agent.measurements.order_by("total").values_list("total", flat=True)) == [1, 2]
    assert other.measurements.get().total == 9


def test_a_series_sums_its_segments_or_shows_one() -> None:
    agent = make_agent()
    release = make_live_release(agent)
    rows = [
        row(MONDAY, 4, topic="returns", release_id=release.pk),
        row(MONDAY, 1, topic="washing"),
        row(TUESDAY, 2, topic="washing"),
    ]
    replace(agent, {MONDAY, TUESDAY}, ANSWERED, rows)
    figure = Figure.AI_ANSWERED
    assert series(agent, figure, MONDAY, TUESDAY) == [(MONDAY, 20, 5, 0), (TUESDAY, 10, 2, 0)]
    assert series(agent, figure, MONDAY, TUESDAY, release=release) == [(MONDAY, 10, 4, 0)]
    assert series(agent, figure, TUESDAY, TUESDAY, topic="washing") == [(TUESDAY, 10, 2, 0)]


def test_a_row_outside_of_what_is_replaced_is_refused() -> None:
    agent = make_agent()
    with pytest.raises(ValueError, match="not among the days"):
        replace(agent, {MONDAY}, ANSWERED, [row(TUESDAY, 3)])
    assert not agent.measurements.exists()


@pytest.mark.parametrize("bound", [True, False])
def test_the_same_segment_twice_is_refused_by_the_database(bound: bool) -> None:
    agent = make_agent()
    release = make_live_release(agent) if bound else None
    key = release.pk if release else None
    rows = [row(MONDAY, total, release_id=key) for total in (1, 2)]
    same = [Measurement(agent=agent, **one._asdict()) for one in rows]
    with pytest.raises(IntegrityError), transaction.atomic():
        Measurement.objects.bulk_create(same)
    with pytest.raises(ValueError, match="there twice"):
        replace(agent, {MONDAY}, ANSWERED, rows)


def test_only_what_differs_is_written_again() -> None:
    agent = make_agent()
    rows = [row(MONDAY, 4, topic=topic) for topic in ("returns", "washing", "sizes")]
    replace(agent, {MONDAY}, ANSWERED, rows)
    before = dict(Measurement.objects.values_list("topic", "pk"))
    late = [row(MONDAY, 4, topic="returns"), row(MONDAY, 5, topic="washing")]
    with CaptureQueriesContext(connection) as queries:
        replace(agent, {MONDAY}, ANSWERED, late)
    written = [q["sql"] for q in queries if q["sql"].startswith("INSERT")]
    assert not any("returns" in sql for sql in written)
    assert dict(Measurement.objects.values_list("topic", "pk")) == {
        topic: before[topic] for topic in ("returns", "washing")
    }
    assert Measurement.objects.get(topic="washing").total == 5


def test_totals_add_up_all_segments_and_those_that_share_a_property() -> None:
    agent = make_agent()
    release = make_live_release(agent)
    rows = [
        row(MONDAY, 4, topic="returns", language="en", release_id=release.pk),
        row(MONDAY, 1, topic="returns", language="de", channel="email"),
    ]
    replace(agent, {MONDAY}, ANSWERED, rows)
    totals = DayTotal.objects.values_list("by", "value", "n", "total")
    assert set(totals) == {
        ("all", "", 20, 5.0),
        ("topic", "returns", 20, 5.0),
        ("channel", "", 10, 4.0),
        ("channel", "email", 10, 1.0),
        ("language", "en", 10, 4.0),
        ("language", "de", 10, 1.0),
        ("release", str(release.pk), 10, 4.0),
        ("release", "", 10, 1.0),
    }
    replace(agent, {MONDAY}, ANSWERED, rows[:1])
    assert not DayTotal.objects.filter(value__in=["de", "email"]).exists()


@pytest.mark.parametrize(
    ("segment", "counted"),
    [
        ({}, (20, 5.0)),
        ({"topic": "returns"}, (20, 5.0)),
        ({"language": "de"}, (10, 1.0)),
        ({"release": 1}, (10, 4.0)),
        ({"topic": "returns", "release": 1}, (10, 4.0)),
        ({"channel": "email", "language": "de"}, (10, 1.0)),
    ],
)
def test_weeks_are_those_of_one_segment_or_of_all(
    segment: dict[str, str | int], counted: tuple[int, float]
) -> None:
    agent = make_agent()
    release = make_live_release(agent)
    rows = [
        row(MONDAY, 4, topic="returns", language="en", release_id=release.pk),
        row(TUESDAY, 1, topic="returns", language="de", channel="email"),
    ]
    replace(agent, {MONDAY, TUESDAY}, ANSWERED, rows)
    end = TUESDAY + timedelta(days=6)
    assert list(week_counts(agent, MONDAY, end, segment)) == [
        (MONDAY, Figure.AI_ANSWERED, *counted, 0.0)
    ]
