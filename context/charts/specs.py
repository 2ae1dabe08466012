"""The charts as Vega-Lite specs: one function a chart, from plain numbers to a dict.

Colours are names of a palette: on a page they are CSS custom properties, so that a change of theme
recolours the SVG without drawing it again; on paper they are literal. The legend of the page is
made of buttons beside the chart (`charts.js`), that of paper is drawn. Weeks are drawn at their
middle and releases at the day they went live, so that a release stands between what was before it
and what came after. Lines differ by dash as well as by colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from context.charts.layers import (
    HALF_WEEK,
    EraMark,
    Mark,
    Palette,
    Spec,
    band,
    config,
    dots,
    era_marks,
    in_view,
    interactive,
    line,
    milliseconds,
    release_marks,
    time_axis,
    week_grounds,
)

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

# (key, label, name in the palette, dash pattern), in the order of the legend
RATES: list[tuple[str, str, str, list[int]]] = [
    ("ai_answered", "AI answered", "answered", []),
    ("ai_resolved", "AI resolved", "resolved", [10, 2]),
    ("ai_handover", "AI handover", "handover", [6, 3]),
    ("ai_snooze", "AI snooze", "snooze", [2, 2]),
    ("ai_close", "AI close", "close", [8, 3, 2, 3]),
    ("ai_ignore", "AI ignore", "ignore", [1, 3]),
]
LEGEND: Spec = {
    "title": None,
    "orient": "top",
    "symbolType": "stroke",
    "symbolSize": 500,
    "symbolOpacity": 1,
    "symbolStrokeWidth": 2,
    "columns": {"expr": "width < 520 ? 2 : 6"},
}
SERIES = ["answered", "resolved", "handover", "snooze", "close", "ignore", "csat", "quality"]
SCREEN: Palette = {
    "paper": "transparent",
    "text": "var(--text)",
    "muted": "var(--muted)",
    "line": "var(--line)",
    "strong": "var(--control)",
    "surface": "var(--surface)",
    "shade": "url(#hatch)",
    **{name: f"var(--series-{name})" for name in SERIES},
}
PAPER: Palette = {
    "paper": "#ffffff",
    "text": "#17181d",
    "muted": "#595c6a",
    "line": "#e3e3ea",
    "strong": "#868996",
    "surface": "#ffffff",
    "shade": "#ededf2",
    "answered": "#3d55d6",
    "resolved": "#0c7c96",
    "handover": "#c2560c",
    "snooze": "#8a3fc0",
    "close": "#12805c",
    "ignore": "#6b6e7c",
    "csat": "#b0306c",
    "quality": "#2f6f3e",
}


@dataclass(frozen=True)
class Point:
    """One figure of one week. Rates are fractions, CSAT is 1–5; `low` and `high` bound 95 %."""

    figure: str
    week: str
    monday: date
    value: float
    n: int
    low: float | None
    high: float | None
    provisional: bool


def rates_chart(points: Sequence[Point], marks: Sequence[Mark], palette: Palette = SCREEN) -> Spec:
    """The shares of a week's conversations as lines with their intervals, by week."""
    shown = [rate for rate in RATES if any(point.figure == rate[0] for point in points)]
    labels = {key: label for key, label, _, _ in shown}
    scale = {"domain": list(labels.values())}
    colours = {**scale, "range": [palette[name] for _, _, name, _ in shown]}
    dashes = {**scale, "range": [pattern or [1, 0] for *_, pattern in shown]}
    legend = None if palette is SCREEN else LEGEND
    fill = {"field": "label", "scale": colours, "legend": legend}
    stroke = {"field": "label", "scale": colours, "legend": legend}
    dash = {"field": "label", "scale": dashes, "legend": legend}
    rows = [row_of(point, labels[point.figure]) for point in points if point.figure in labels]
    layers = [
        band(fill, 0.12),
        line({"stroke": stroke, "strokeDash": dash}),
        dots(fill, stroke, palette, ".1%"),
    ]
    y = {"axis": {"format": ".0%", "title": None}, "scale": {"domainMin": 0}}
    return chart(rows, layers, marks, y, palette, height=300)


def csat_chart(points: Sequence[Point], marks: Sequence[Mark], palette: Palette = SCREEN) -> Spec:
    """Mean customer satisfaction with its interval, by week, on a scale of its own."""
    rows = [row_of(point, "CSAT") for point in points if point.figure == "csat"]
    lowest = min((row["low"] for row in rows), default=4.0)
    domain = [max(1.0, int(lowest * 2) / 2), 5]
    colour = {"value": palette["csat"]}
    layers = [
        band(colour, 0.15),
        line({"stroke": colour}),
        dots(colour, colour, palette, ".2f"),
    ]
    y = {"axis": {"format": ".1f", "title": None, "tickCount": 4}, "scale": {"domain": domain}}
    return chart(rows, layers, marks, y, palette, height=130)


def quality_chart(
    points: Sequence[Point],
    marks: Sequence[Mark],
    eras: Sequence[EraMark],
    palette: Palette = SCREEN,
) -> Spec:
    """The share without a critical failure with its interval, by week, and who judged.

    A line joins the weeks of one scorecard only: `figure` names it, and across scorecards "failed"
    does not mean the same.
    """
    rows = [row_of(point, "Quality") | {"line": point.figure} for point in points]
    lowest = min((row["low"] for row in rows), default=0.8)
    domain = [max(0.0, int(lowest * 10) / 10), 1]
    colour = {"value": palette["quality"]}
    apart = {"detail": {"field": "line"}}
    layers = [
        band(colour, 0.15),
        line({"stroke": colour, **apart}),
        dots(colour, colour, palette, ".1%"),
    ]
    layers[0]["encoding"] |= apart
    y = {"axis": {"format": ".0%", "title": None}, "scale": {"domain": domain}}
    return chart(rows, layers, marks, y, palette, height=220, eras=eras)


def row_of(point: Point, label: str) -> dict[str, Any]:
    """A point as a row of the chart's data, at the middle of its week (UTC milliseconds)."""
    low = point.value if point.low is None else point.low
    high = point.value if point.high is None else point.high
    return {
        "label": label,
        "week": point.week,
        "at": milliseconds(point.monday) + HALF_WEEK.total_seconds() * 1000,
        "value": point.value,
        "low": low,
        "high": high,
        "n": point.n,
        "provisional": point.provisional,
    }


def chart(
    rows: list[dict[str, Any]],
    layers: list[Spec],
    marks: Sequence[Mark],
    y: Spec,
    palette: Palette,
    height: int,
    eras: Sequence[EraMark] = (),
) -> Spec:
    """Put the layers on a common time axis, over the provisional weeks and under the releases."""
    for layer in layers:
        layer["encoding"]["x"] = time_axis(rows)
        layer["encoding"]["y"] = {**layer["encoding"]["y"], "type": "quantitative", **y}
        for channel in ("stroke", "fill", "strokeDash", "detail"):
            if "field" in layer["encoding"].get(channel, {}):
                layer["encoding"][channel]["type"] = "nominal"
    spec = {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": rows},
        "layer": [
            *week_grounds(rows, palette),
            *layers,
            *(era_marks(shown, palette) if (shown := in_view(eras, rows)) else []),
            *release_marks(in_view(marks, rows), palette),
        ],
        "config": config(palette),
    }
    return interactive(spec, layers, palette) if palette is SCREEN else spec
