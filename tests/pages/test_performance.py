"""What the performance page makes of the weekly figures."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agentops.performance import between, effects, points, release_marks, tiles
from agentops.views_performance import period_of
from context.measurements import SegmentCount, replace
from context.models import Agent, Alert, Figure, Impact
from conversations.changes import SHOWN, changes, complete
from conversations.figures import FigureValue, WeekFigures, monday_of
from tests.make import NOW, make_agent, make_live_release, make_member

MONDAY = date(2026, 8, 17)


def make_week(number: int, n: int = 400, /, **values: float) -> WeekFigures:
    """A week of `n` conversations whose intervals are two points wide on each side."""
    monday = MONDAY + timedelta(weeks=number)
    year, week, _ = monday.isocalendar()
    figures = {
        key: FigureValue(value=value, n=n, low=value - 0.02, high=value + 0.02)
        for key, value in values.items()
    }
    return WeekFigures(f"{year}-W{week:02d}", monday, n, False, figures, [])


def test_the_change_reads_as_in_the_reports() -> None:
    weeks = [make_week(0, ai_answered=0.28), make_week(5, ai_answered=0.37)]
    answered = changes(weeks)[0]
    assert answered.difference == pytest.approx(0.09)
    assert answered.relative == pytest.approx(0.32, abs=0.005)
    assert answered.text == "28 % → 37 %, +32 %"


def test_low_and_high_on_the_way_name_their_weeks() -> None:
    course = [4.87, 4.5, 4.07, 4.4, 4.7]
    weeks = [make_week(number, csat=value) for number, value in enumerate(course)]
    csat = next(change for change in changes(weeks) if change.key == "csat")
    assert csat.lowest == ("2026-W36", 4.07)
    assert csat.highest == ("2026-W34", 4.87)
    assert csat.text == "4.87 → low 4.07 → 4.70"


@pytest.mark.parametrize(
    ("key", "first", "last", "mood"),
    [
        ("ai_answered", 0.28, 0.37, "good"),
        ("ai_answered", 0.37, 0.28, "bad"),
        ("ai_answered", 0.28, 0.31, ""),
        ("reopen", 0.10, 0.20, "bad"),
        ("ai_handover", 0.16, 0.26, ""),
    ],
)
def test_a_change_is_coloured_only_when_it_is_clear_and_has_a_side(
    key: str, first: float, last: float, mood: str
) -> None:
    weeks = [make_week(0, **{key: first}), make_week(1, **{key: last})]
    assert next(change for change in changes(weeks) if change.key == key).mood == mood


def test_a_rise_from_nothing_has_no_relative_change() -> None:
    close = changes([make_week(0, ai_close=0.0), make_week(1, ai_close=0.01)])
    change = next(change for change in close if change.key == "ai_close")
    assert change.difference == pytest.approx(0.01)
    assert change.relative is None


def test_a_figure_nobody_knows_stays_unknown() -> None:
    for change in changes([make_week(0), make_week(1)]):
        assert (change.difference, change.relative, change.lowest, change.mood) == (
            *(None, None, None),
            "",
        )


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("2026-W35", "2026-W36", [1, 2]),
        ("2026-W36", "2026-W35", [1, 2]),
        ("", "", [0, 1, 2, 3]),
        ("2019-W01", "2026-W35", [0, 1]),
        ("2026-W36", "2026-W36", [2]),
    ],
)
def test_any_two_weeks_can_be_compared(first: str, last: str, found: list[int]) -> None:
    weeks = [make_week(number) for number in range(4)]
    assert between(weeks, first, last) == [weeks[number] for number in found]
    assert between([], first, last) == []


def test_a_running_or_empty_week_is_not_compared() -> None:
    weeks = [make_week(0), make_week(1, 0), make_week(2), make_week(3)]
    today = MONDAY + timedelta(weeks=3, days=2)
    assert [week.monday for week in complete(weeks, today)] == [weeks[0].monday, weeks[2].monday]


def test_the_tiles_compare_the_last_two_weeks() -> None:
    weeks = [make_week(number, ai_answered=0.2 + number / 10) for number in range(3)]
    answered = tiles(weeks)[0]
    assert answered.difference == pytest.approx(0.1)


def test_one_week_alone_has_tiles_without_a_change() -> None:
    answered = tiles([make_week(0, ai_answered=0.3)])[0]
    assert answered.last is not None and answered.last.value == 0.3
    assert answered.difference is None


def test_a_figure_without_a_value_is_no_point() -> None:
    week = make_week(0, ai_answered=0.3)
    week.figures["csat"] = FigureValue(value=None, n=0, low=None, high=None)
    assert [point.figure for point in points([week])] == ["ai_answered"]


def test_every_figure_shown_has_a_name_of_its_own() -> None:
    keys, labels = [row[0] for row in SHOWN], [row[1] for row in SHOWN]
    assert len(set(keys)) == len(keys) and len(set(labels)) == len(labels)


@pytest.mark.django_db
def test_an_effect_shows_the_newest_verdict_on_each_figure_in_the_pages_order() -> None:
    release = make_live_release(make_agent(), at=NOW - timedelta(days=20))
    for figure, verdict, days in [
        ("csat", "regressed", 1),
        ("ai_answered", "cannot_tell_yet", 9),
        ("ai_answered", "improved", 2),
        ("ai_handover", "cannot_tell_yet", 2),
    ]:
        Impact.objects.create(
            release=release,
            figure=figure,
            verdict=verdict,
            method="m",
            computed_at=NOW - timedelta(days=days),
        )
    effect = effects(release.agent, (NOW - timedelta(days=30)).date())[0]
    assert [one.figure for one in effect.impacts.told] == ["ai_answered", "csat"]
    assert [one.names for one in effect.impacts.untold] == ["AI handover"]
    mark = release_marks(release.agent, [effect])[0]
    assert mark.number == release.number
    assert "AI answered improved, CSAT regressed" in mark.title


@pytest.mark.parametrize(
    ("asked", "period"),
    [
        ({}, 12),
        ({"weeks": "26"}, 26),
        ({"weeks": "9"}, 12),
        ({"from": "2026-W30", "to": "2026-W31"}, 26),
        ({"from": "2026-W47", "to": "2026-W31"}, 26),
        ({"weeks": "8", "from": "2026-W30"}, 8),
        ({"from": "2019-W01"}, 104),
        ({"from": "nonsense", "to": "2026-W99"}, 12),
    ],
)
def test_an_address_of_two_weeks_alone_reaches_back_to_them(
    asked: dict[str, str], period: int, rf: RequestFactory
) -> None:
    assert period_of(rf.get("/", asked), date(2026, 11, 28)) == period


def make_alert(agent: Agent, **changed: Any) -> Alert:
    """AI answered fell below its usual 36 to 45 % a week ago, for one week."""
    monday = monday_of(agent.local_date(timezone.now())) - timedelta(weeks=1)
    fields = {"first_monday": monday, "last_monday": monday, "found_at": timezone.now()}
    numbers = {"value": 0.21, "n": 400, "low": 0.36, "high": 0.45, "weeks": 12}
    return Alert.objects.create(agent=agent, figure="ai_answered", **(fields | numbers | changed))


@pytest.mark.django_db
def test_a_figure_out_of_its_usual_range_says_so_beside_its_number(client: Client) -> None:
    agent = make_agent()
    client.force_login(make_member(agent.workspace))
    today = agent.local_date(timezone.now())
    days = {today - timedelta(weeks=week) for week in range(1, 4)}
    counts = {Figure.CONVERSATIONS, Figure.AI_ANSWERED}
    rows = [
        SegmentCount(day, figure, topic="sizes", n=10, total=8) for day in days for figure in counts
    ]
    replace(agent, days, counts, rows)
    alert = make_alert(agent)
    address = reverse("shell:performance", args=[agent.workspace.slug, agent.slug])
    page = client.get(address).content.decode()
    assert page.count(f"report/alerts/#alert-{alert.pk}") == 2, "its tile and its row"
    assert f"below usual in {alert.week}" in page
    assert "21.0 % in" in page and "usually 36.0 % to 45.0 %" in page
    of_a_topic = client.get(address, {"topic": "sizes"}).content.decode()
    assert "report/alerts/#" not in of_a_topic, "the range is of all conversations together"


@pytest.mark.django_db
def test_the_page_needs_the_same_few_queries_however_long_the_period(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    agent = make_agent()
    make_live_release(agent)
    client = Client()
    client.force_login(make_member(agent.workspace))
    days = {timezone.now().date() - timedelta(weeks=week) for week in range(52)}
    figures = {Figure.CONVERSATIONS, Figure.AI_ANSWERED, Figure.CSAT}
    rows = [
        SegmentCount(day, figure, n=10, total=8, total_squares=8)
        for day in days
        for figure in figures
    ]
    replace(agent, days, figures, rows)
    address = reverse("shell:performance", args=[agent.workspace.slug, agent.slug])
    with django_assert_max_num_queries(26):
        page = client.get(address, {"weeks": 52})
    assert page.content.decode().count("<tr") > 60
