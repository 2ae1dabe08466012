"""The layers charts are made of: bands, lines, dots, week grounds, release markers, quiet axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

Spec = dict[str, Any]
Palette = Mapping[str, str]

M = TypeVar("M", "Mark", "EraMark")

HALF_WEEK = timedelta(days=3, hours=12)
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Mark:
    """A release going live: its number, the day, its page, and what the tooltip says of it."""

    number: int
    day: date
    url: str
    title: str


@dataclass(frozen=True)
class EraMark:
    """Another judge or scorecard from a day on: its short name, its page, what the tooltip says."""

    name: str
    day: date
    url: str
    title: str


def milliseconds(day: date) -> float:
    """The start of a calendar day in UTC, as JavaScript counts time."""
    return (day - date(1970, 1, 1)).days * DAY_MS


def interactive(spec: Spec, layers: Sequence[Spec], palette: Palette) -> Spec:
    """Let the page hide lines and mark the week that is read: `hidden` holds labels, `reading` the
    middle of a week.
    """
    for layer in layers:
        layer["transform"] = [{"filter": "indexof(hidden, datum.label) < 0"}]
    here = {
        "data": {"values": [{}]},
        "mark": {"type": "rule", "color": palette["strong"], "strokeWidth": 1},
        "encoding": {
            "x": {"value": {"expr": "reading ? scale('x', reading) : 0"}},
            "opacity": {"value": {"expr": "reading ? 1 : 0"}},
        },
    }
    parameters = [{"name": "hidden", "value": []}, {"name": "reading", "value": 0}]
    return spec | {"params": parameters, "layer": [*spec["layer"], here]}


def band(fill: Spec, opacity: float) -> Spec:
    """The interval of each point, joined to a band."""
    return {
        "mark": {"type": "area"},
        "encoding": {
            "y": {"field": "low"},
            "y2": {"field": "high"},
            "detail": {"field": "label"},
            "fill": fill,
            "opacity": {"value": opacity},
        },
    }


def line(encoding: Spec) -> Spec:
    """The line through the weeks."""
    return {
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {"y": {"field": "value"}, **encoding},
    }


def dots(fill: Spec, stroke: Spec, palette: Palette, number: str) -> Spec:
    """One dot a week with everything known of it on hover; hollow while the week is provisional."""
    told = [
        {"field": "label", "title": "Figure"},
        {"field": "week", "title": "Week"},
        {"field": "value", "title": "Value", "format": number},
        {"field": "low", "title": "95 % from", "format": number},
        {"field": "high", "title": "95 % to", "format": number},
        {"field": "n", "title": "n", "format": ","},
        {"field": "provisional", "title": "Provisional"},
    ]
    hollow = {"test": "datum.provisional", "value": palette["surface"]}
    return {
        "mark": {"type": "point", "size": 34, "strokeWidth": 1.75, "opacity": 1},
        "encoding": {
            "y": {"field": "value"},
            "stroke": stroke,
            "fill": {"condition": hollow, **fill},
            "tooltip": told,
        },
    }


def time_axis(rows: list[dict[str, Any]]) -> Spec:
    """The weeks, each labelled with its number and its Monday.

    The scale's ends come from `week_grounds`, and the ticks are an expression: literal times would
    be compiled to code that the interpreter, which stands in for eval, does not read.
    """
    half = HALF_WEEK.total_seconds() * 1000
    monday = f"utcFormat(datum.value - {half:.0f}, '%-d %b')"
    label = f"[utcFormat(datum.value, 'W%V'), {monday}]"
    middles = sorted({row["at"] for row in rows})
    axis = {"values": {"expr": str(middles)}, "labelExpr": label, "title": None, "grid": False}
    return {
        "field": "at",
        "type": "temporal",
        "scale": {"type": "utc", "nice": False},
        "axis": axis,
    }


def week_grounds(rows: list[dict[str, Any]], palette: Palette) -> list[Spec]:
    """The ground of every week, hatched (shaded on paper) and named where its figures may still
    move.
    """
    half = HALF_WEEK.total_seconds() * 1000
    weeks = sorted({(row["at"], row["provisional"]) for row in rows})
    ground = [{"from": at - half, "to": at + half, "provisional": late} for at, late in weeks]
    start = {"field": "from", "type": "temporal"}
    shade = {"condition": {"test": "datum.provisional", "value": 0.8}, "value": 0}
    name = {"type": "text", "text": "provisional", "align": "left", "dx": 6, "dy": -7}
    return [
        {
            "data": {"values": ground},
            "mark": {"type": "rect", "fill": palette["shade"]},
            "encoding": {"x": start, "x2": {"field": "to"}, "opacity": shade},
        },
        {
            "data": {"values": [week for week in ground if week["provisional"]][:1]},
            "mark": {**name, "fill": palette["muted"], "fontSize": 11},
            "encoding": {"x": start, "y": {"value": {"expr": "height"}}},
        },
    ]


def in_view(marks: Sequence[M], rows: list[dict[str, Any]]) -> list[M]:
    """The releases or eras that began within the weeks shown."""
    if not rows:
        return []
    half = HALF_WEEK.total_seconds() * 1000
    first, last = min(row["at"] for row in rows) - half, max(row["at"] for row in rows) + half
    return [mark for mark in marks if first <= milliseconds(mark.day) <= last]


def mark_of_day(day: date, marks: Sequence[Mark]) -> dict[str, Any]:
    """One marker for all releases of a day, newest first; it leads to the newest."""
    names = dict.fromkeys(f"R{mark.number}" for mark in marks)
    return {
        "at": milliseconds(day),
        "name": ", ".join(names),
        "url": marks[0].url,
        "t": "; ".join(mark.title for mark in marks),
    }


def release_marks(marks: Sequence[Mark], palette: Palette) -> list[Spec]:
    """A dotted rule on each day a release went live, its number on top, linked to its page; the
    marks come newest first.
    """
    values = [mark_of_day(day, list(same)) for day, same in groupby(marks, attrgetter("day"))]
    x = {"field": "at", "type": "temporal"}
    told = {"field": "t", "type": "nominal"}
    number = {"field": "name", "type": "nominal"}
    text = {"type": "text", "y": -2, "baseline": "bottom", "fontSize": 11, "fontWeight": 600}
    return [
        {
            "data": {"values": values},
            "mark": {"type": "rule", "strokeDash": [2, 3], "color": palette["strong"]},
            "encoding": {"x": x, "tooltip": told},
        },
        {
            "data": {"values": values},
            "mark": {**text, "color": palette["text"], "cursor": "pointer"},
            "encoding": {"x": x, "text": number, "tooltip": told, "href": {"field": "url"}},
        },
    ]


def era_marks(marks: Sequence[EraMark], palette: Palette) -> list[Spec]:
    """A solid rule on each day another judge or scorecard took over, its name at the foot."""
    values = [
        {"at": milliseconds(mark.day), "name": mark.name, "url": mark.url, "t": mark.title}
        for mark in marks
    ]
    x = {"field": "at", "type": "temporal"}
    told = {"field": "t", "type": "nominal"}
    name = {"field": "name", "type": "nominal"}
    text = {"type": "text", "align": "left", "dx": 4, "dy": -7, "fontSize": 11}
    foot = {"y": {"value": {"expr": "height"}}}
    return [
        {
            "data": {"values": values},
            "mark": {"type": "rule", "strokeWidth": 1.5, "color": palette["strong"]},
            "encoding": {"x": x, "tooltip": told},
        },
        {
            "data": {"values": values},
            "mark": {**text, "color": palette["muted"], "cursor": "pointer"},
            "encoding": {"x": x, "text": name, "tooltip": told, "href": {"field": "url"}, **foot},
        },
    ]


def config(palette: Palette) -> Spec:
    """Quiet axes in the page's own type and colours."""
    return {
        "background": palette["paper"],
        "font": "Inter, Segoe UI, Roboto, Helvetica Neue, Liberation Sans, Arial, sans-serif",
        "view": {"stroke": None},
        "axis": {
            "labelColor": palette["muted"],
            "labelFontSize": 11,
            "gridColor": palette["line"],
            "domainColor": palette["line"],
            "tickColor": palette["line"],
            "domain": False,
            "ticks": False,
            "labelPadding": 8,
        },
        "axisY": {"minExtent": 40, "maxExtent": 40},
        "legend": {"labelColor": palette["text"], "labelFontSize": 12, "columnPadding": 14},
    }
