"""The weekly charts, tested as data and by compiling them."""

from datetime import date, timedelta
from typing import Any

import pytest
import vl_convert

from context.charts.layers import HALF_WEEK, EraMark, Mark, milliseconds, release_marks
from context.charts.specs import PAPER, RATES, SCREEN, Point, csat_chart, quality_chart, rates_chart

MONDAY = date(2026, 10, 5)
HALF = HALF_WEEK.total_seconds() * 1000


def make_points(weeks: int = 3, provisional: int = 1) -> list[Point]:
    """All figures for some weeks, of which the last ones are provisional."""
    found = []
    for number in range(weeks):
        monday = MONDAY + timedelta(weeks=number)
        week = f"2026-W{monday.isocalendar().week}"
        late = number >= weeks - provisional
        for key, *_ in RATES:
            found.append(Point(key, week, monday, 0.3, 200, 0.24, 0.37, late))
        found.append(Point("csat", week, monday, 4.5, 20, 4.1, 4.8, late))
    return found


MARK = Mark(4, MONDAY + timedelta(days=9), "/acme/bot/releases/4/", "Release 4, live")


def layers_with(spec: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    """The layers drawn with a kind of mark."""
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]


def test_every_rate_has_a_colour_and_a_dash_of_its_own() -> None:
    line = layers_with(rates_chart(make_points(), []), "line")[0]["encoding"]
    colours, dashes = line["stroke"]["scale"]["range"], line["strokeDash"]["scale"]["range"]
    assert len(set(colours)) == len(RATES)
    assert len({tuple(dash) for dash in dashes}) == len(RATES)


def test_a_rate_without_points_is_not_in_the_legend() -> None:
    points = [point for point in make_points() if point.figure != "ai_close"]
    line = layers_with(rates_chart(points, []), "line")[0]["encoding"]
    assert "AI close" not in line["stroke"]["scale"]["domain"]
    assert len(line["stroke"]["scale"]["domain"]) == len(RATES) - 1


def test_the_page_has_a_legend_of_buttons_and_paper_a_drawn_one() -> None:
    drawn = layers_with(rates_chart(make_points(), [], PAPER), "line")[0]["encoding"]["stroke"]
    assert drawn["legend"]["orient"] == "top"
    on_page = rates_chart(make_points(), [])
    assert layers_with(on_page, "line")[0]["encoding"]["stroke"]["legend"] is None
    assert {parameter["name"] for parameter in on_page["params"]} == {"hidden", "reading"}
    assert "params" not in rates_chart(make_points(), [], PAPER)


def test_a_week_stands_at_its_middle_and_a_release_at_its_day() -> None:
    spec = csat_chart(make_points(), [MARK])
    assert spec["data"]["values"][0]["at"] == milliseconds(MONDAY) + HALF
    rule = layers_with(spec, "rule")[0]
    assert rule["data"]["values"][0]["at"] == milliseconds(MARK.day)


def test_a_release_marker_links_to_its_release() -> None:
    text = layers_with(rates_chart(make_points(), [MARK]), "text")[-1]
    assert text["encoding"]["href"] == {"field": "url"}
    assert text["data"]["values"][0]["url"] == MARK.url


def test_releases_outside_the_weeks_shown_have_no_marker() -> None:
    long_ago = Mark(1, MONDAY - timedelta(days=1), "/1/", "")
    to_come = Mark(9, MONDAY + timedelta(weeks=3, days=1), "/9/", "")
    rule = layers_with(csat_chart(make_points(), [long_ago, MARK, to_come]), "rule")[0]
    assert [value["name"] for value in rule["data"]["values"]] == ["R4"]


def test_provisional_weeks_are_told_apart() -> None:
    ground = layers_with(csat_chart(make_points(3, provisional=2), []), "rect")[0]
    assert [week["provisional"] for week in ground["data"]["values"]] == [False, True, True]


def test_the_bands_are_the_intervals() -> None:
    row = csat_chart(make_points(), [])["data"]["values"][0]
    assert (row["low"], row["value"], row["high"]) == (4.1, 4.5, 4.8)


def test_a_figure_without_an_interval_has_a_band_without_width() -> None:
    point = Point("csat", "2026-W41", MONDAY, 5.0, 1, None, None, False)
    row = csat_chart([point], [])["data"]["values"][0]
    assert row["low"] == row["high"] == 5.0


def test_the_scale_of_csat_leaves_room_for_its_interval() -> None:
    point = Point("csat", "2026-W41", MONDAY, 2.5, 3, 1.2, 3.8, False)
    y = csat_chart([point], [])["layer"][2]["encoding"]["y"]
    assert y["scale"]["domain"] == [1.0, 5]


def test_paper_has_a_literal_colour_for_every_name_of_the_screen() -> None:
    assert set(PAPER) == set(SCREEN)
    assert all(colour.startswith("#") for colour in PAPER.values())


@pytest.mark.parametrize("draw", [rates_chart, csat_chart])
@pytest.mark.parametrize("weeks", [0, 1, 52])
def test_every_chart_compiles_and_draws(draw: Any, weeks: int) -> None:
    spec = draw(make_points(weeks), [MARK], PAPER) | {"width": 600, "autosize": {"type": "pad"}}
    svg = vl_convert.vegalite_to_svg(spec)
    assert "<svg" in svg
    if weeks:
        assert "W41" in svg and PAPER["csat" if draw is csat_chart else "answered"] in svg


def test_releases_of_one_day_share_a_marker() -> None:
    again = Mark(3, MARK.day, "/acme/bot/releases/3/", "Release 3, back")
    layers = release_marks([again, MARK], SCREEN)
    (value,) = layers[0]["data"]["values"]
    assert (value["name"], value["url"]) == ("R3, R4", "/acme/bot/releases/3/")
    assert value["t"] == "Release 3, back; Release 4, live"


def make_quality(*scorecards: str) -> list[Point]:
    """One week of quality after the other, each by a scorecard."""
    return [
        Point(scorecard, f"W{place}", MONDAY + timedelta(weeks=place), 0.9, 200, 0.84, 0.94, False)
        for place, scorecard in enumerate(scorecards)
    ]


ERA = EraMark("J2", MONDAY + timedelta(days=8), "/acme/bot/agreement/?judge=2", "From here on: J2")


def test_another_judge_is_a_solid_line_with_its_name_and_its_page() -> None:
    spec = quality_chart(make_quality("1", "1"), [MARK], [ERA])
    era, release, _reading = layers_with(spec, "rule")
    assert "strokeDash" not in era["mark"] and "strokeDash" in release["mark"]
    assert era["data"]["values"][0]["at"] == milliseconds(ERA.day)
    name = layers_with(spec, "text")[1]
    assert name["data"]["values"] == era["data"]["values"]
    assert (name["data"]["values"][0]["name"], name["encoding"]["href"]) == ("J2", {"field": "url"})


def test_an_era_outside_the_weeks_shown_has_no_line() -> None:
    before = EraMark("J1", MONDAY - timedelta(days=30), "/", "")
    releases, _reading = layers_with(quality_chart(make_quality("1"), [], [before]), "rule")
    assert "strokeDash" in releases["mark"]


def test_no_line_joins_weeks_of_two_scorecards() -> None:
    spec = quality_chart(make_quality("1", "2"), [], [])
    assert [row["line"] for row in spec["data"]["values"]] == ["1", "2"]
    for mark in ("line", "area"):
        assert layers_with(spec, mark)[0]["encoding"]["detail"]["field"] == "line"


def test_the_scale_of_quality_holds_every_interval() -> None:
    spec = quality_chart(make_quality("1"), [], [])
    assert layers_with(spec, "line")[0]["encoding"]["y"]["scale"]["domain"] == [0.8, 1]


@pytest.mark.parametrize("weeks", [0, 1, 12])
def test_the_quality_chart_compiles_and_draws(weeks: int) -> None:
    spec = quality_chart(make_quality(*"1" * weeks), [MARK], [ERA], PAPER)
    svg = vl_convert.vegalite_to_svg(spec | {"width": 600, "autosize": {"type": "pad"}})
    assert "<svg" in svg
    assert (PAPER["quality"] in svg) == bool(weeks)
