"""The report's two charts: from its stored points, for the screen or as a picture."""

import json

from agentops.report.content import ReportData
from context.charts.layers import Mark, Palette, Spec
from context.charts.specs import PAPER, SCREEN, Point, csat_chart, rates_chart

PICTURE_WIDTH = 760
SCALE = 2.0


def rates_of(data: ReportData, palette: Palette = SCREEN) -> Spec:
    """The rates by week."""
    return rates_chart(points(data), marks(data), palette)


def csat_of(data: ReportData, palette: Palette = SCREEN) -> Spec:
    """CSAT by week."""
    return csat_chart(points(data), marks(data), palette)


def points(data: ReportData) -> list[Point]:
    """The stored points as the charts take them."""
    return [
        Point(p.key, p.week, p.monday, p.value, p.n, p.low, p.high, p.provisional)
        for p in data.points
    ]


def marks(data: ReportData) -> list[Mark]:
    """The stored releases as the charts take them."""
    return [Mark(m.number, m.day, f"{data.base}releases/{m.number}/", m.title) for m in data.marks]


def picture(spec: Spec, height: int) -> bytes:
    """A chart as PNG, of one width and without a browser."""
    # The chart engine is a large library: workers that draw nothing should not hold it.
    import vl_convert

    sized = {**spec, "width": PICTURE_WIDTH, "height": height}
    png: bytes = vl_convert.vegalite_to_png(json.dumps(sized), scale=SCALE)
    return png


def pictures(data: ReportData) -> dict[str, bytes]:
    """Both charts on paper; none where there is nothing to draw."""
    if not data.points:
        return {}
    found = {"rates": picture(rates_of(data, PAPER), 210)}
    if any(point.key == "csat" for point in data.points):
        found["csat"] = picture(csat_of(data, PAPER), 90)
    return found
