"""The chart of one impact: days with and without the mix, the regression, the usual range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from context.charts.layers import DAY_MS, Palette, Spec, config, milliseconds
from context.charts.specs import SCHEMA, SCREEN

NOON = DAY_MS / 2


@dataclass(frozen=True)
class DayPoint:
    """One day: its value as counted and without the mix, the regression's value, and n."""

    day: date
    release: int | None
    n: int
    value: float | None
    within: float | None
    fitted: float | None


@dataclass(frozen=True)
class UsualRange:
    """Where the past lets one expect the days on the release."""

    first: date
    last: date
    low: float
    high: float


@dataclass(frozen=True)
class Takeover:
    """A release going live within the days; `measured` is the one this chart is about."""

    number: int
    day: date
    measured: bool


def impact_chart(
    points: Sequence[DayPoint],
    takeovers: Sequence[Takeover],
    usual: UsualRange | None,
    rate: bool,
    palette: Palette = SCREEN,
) -> Spec:
    """Daily values as dots (hollow: as counted), the regression as a line that jumps where a
    release took over, and the band of the past over the days on the release.
    """
    number = ".1%" if rate else ".2f"
    rows = [row_of(point) for point in points if point.value is not None]
    x = by_day(rows)
    y = {
        "type": "quantitative",
        "axis": {"format": ".0%" if rate else ".1f", "title": None},
        "scale": {"zero": False},
    }
    layers = [
        *usual_layer(usual, x, y, palette),
        *takeover_layers(takeovers, palette),
        fitted_layer(x, y, palette),
        dots("value", "as counted", x, y, palette, number),
        dots("within", "without the mix", x, y, palette, number),
    ]
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": 260,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": rows},
        "layer": layers,
        "config": config(palette),
    }


def by_day(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """The axis of the days, each named under its dot. An expression, as in `time_axis`."""
    middles = sorted({row["at"] for row in rows})
    return {
        "field": "at",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {
            "format": "%-d %b",
            "title": None,
            "grid": False,
            "labelOverlap": True,
            "values": {"expr": str(middles)},
            "labelSeparation": 8,
        },
    }


def row_of(point: DayPoint) -> dict[str, Any]:
    """A day as a row of the chart's data, at its noon (UTC milliseconds)."""
    return {
        "at": milliseconds(point.day) + NOON,
        "day": f"{point.day:%a} {point.day.day} {point.day:%b}",
        "release": f"R{point.release}" if point.release else "",
        "n": point.n,
        "value": point.value,
        "within": point.within,
        "fitted": point.fitted,
    }


def dots(field: str, name: str, x: Spec, y: Spec, palette: Palette, number: str) -> Spec:
    """One dot a day; those as counted hollow and faint behind those without the mix."""
    within = field == "within"
    told = [
        {"field": "day", "title": "Day", "type": "nominal"},
        {"field": "release", "title": "Release", "type": "nominal"},
        {"field": field, "title": name.capitalize(), "format": number, "type": "quantitative"},
        {"field": "fitted", "title": "Regression", "format": number, "type": "quantitative"},
        {"field": "n", "title": "n", "format": ",", "type": "quantitative"},
    ]
    colour = palette["answered"] if within else palette["strong"]
    mark = {"type": "point", "size": 34 if within else 26, "strokeWidth": 1.5, "stroke": colour}
    return {
        "mark": {**mark, "fill": colour if within else palette["surface"], "opacity": 1},
        "encoding": {"x": x, "y": {**y, "field": field}, "tooltip": told},
    }


def fitted_layer(x: Spec, y: Spec, palette: Palette) -> Spec:
    """The regression's line, broken where a release took over."""
    return {
        "mark": {"type": "line", "strokeWidth": 2, "stroke": palette["handover"]},
        "encoding": {
            "x": x,
            "y": {**y, "field": "fitted"},
            "detail": {"field": "release", "type": "nominal"},
        },
    }


def takeover_layers(takeovers: Sequence[Takeover], palette: Palette) -> list[Spec]:
    """A rule where each release took over, its number on top; the measured one is solid."""
    values = [
        {"at": milliseconds(one.day), "name": f"R{one.number}", "measured": one.measured}
        for one in takeovers
    ]
    x = {"field": "at", "type": "temporal"}
    text = {"type": "text", "y": -2, "baseline": "bottom", "fontSize": 11, "fontWeight": 600}
    dash = {"condition": {"test": "datum.measured", "value": [1, 0]}, "value": [2, 3]}
    return [
        {
            "data": {"values": values},
            "mark": {"type": "rule", "color": palette["strong"]},
            "encoding": {"x": x, "strokeDash": dash},
        },
        {
            "data": {"values": values},
            "mark": {**text, "color": palette["text"]},
            "encoding": {"x": x, "text": {"field": "name", "type": "nominal"}},
        },
    ]


def usual_layer(usual: UsualRange | None, x: Spec, y: Spec, palette: Palette) -> list[Spec]:
    """The band of past weekly changes, over the days on the release."""
    if usual is None:
        return []
    row = {
        "from": milliseconds(usual.first),
        "to": milliseconds(usual.last + timedelta(days=1)),
        "low": usual.low,
        "high": usual.high,
    }
    return [
        {
            "data": {"values": [row]},
            "mark": {"type": "rect", "fill": palette["shade"]},
            "encoding": {
                "x": {**x, "field": "from"},
                "x2": {"field": "to"},
                "y": {**y, "field": "low"},
                "y2": {"field": "high"},
            },
        }
    ]
