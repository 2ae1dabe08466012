"""The chart of a split of traffic: both sides day by day, which every weekday and sale moves
alike.
"""

from collections.abc import Sequence
from typing import Any

from context.charts.layers import DAY_MS, Palette, Spec, config, milliseconds
from context.charts.specs import SCHEMA, SCREEN
from context.impacts.chart import by_day
from context.impacts.split_reading import SplitDay

SIDES = (("live", "Live release"), ("new", "New release"))


def split_chart(days: Sequence[SplitDay], rate: bool, palette: Palette = SCREEN) -> Spec:
    """A line and dots a side: full dots and a solid line are the new release."""
    rows = [row_of(day) for day in days]
    x = by_day(rows)
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": 220,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": rows},
        "layer": [layer for side, name in SIDES for layer in of_side(side, name, x, rate, palette)],
        "config": config(palette),
    }


def row_of(day: SplitDay) -> dict[str, Any]:
    """A day as a row of the chart's data, at its noon (UTC milliseconds)."""
    return {
        "at": milliseconds(day.day) + DAY_MS / 2,
        "day": f"{day.day:%a} {day.day.day} {day.day:%b}",
        "new": day.new,
        "new_n": day.new_n,
        "live": day.live,
        "live_n": day.live_n,
    }


def of_side(side: str, name: str, x: Spec, rate: bool, palette: Palette) -> list[Spec]:
    """The line and the dots of one side."""
    is_new = side == "new"
    colour = palette["answered"] if is_new else palette["strong"]
    axis = {"format": ".0%" if rate else ".1f", "title": None}
    y = {"field": side, "type": "quantitative", "axis": axis, "scale": {"zero": False}}
    told = [
        {"field": "day", "title": "Day", "type": "nominal"},
        {"field": side, "title": name, "format": ".1%" if rate else ".2f", "type": "quantitative"},
        {"field": f"{side}_n", "title": "Customers", "format": ",", "type": "quantitative"},
    ]
    line = {"type": "line", "strokeWidth": 1.5, "stroke": colour}
    dot = {"type": "point", "size": 40, "strokeWidth": 1.5, "stroke": colour, "opacity": 1}
    fill = colour if is_new else palette["surface"]
    return [
        {
            "mark": line if is_new else {**line, "strokeDash": [4, 3]},
            "encoding": {"x": x, "y": y},
        },
        {"mark": {**dot, "fill": fill}, "encoding": {"x": x, "y": y, "tooltip": told}},
    ]
