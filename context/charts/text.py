"""Levels and differences of figures as the reports write them."""

from stats import wording


def level(value: float | None, rate: bool) -> str:
    """`38.2 %` for a share, `4.21` for a mean."""
    return wording.percent(value) if rate else wording.score(value)


def change(estimate: float | None, low: float | None, high: float | None, rate: bool) -> str:
    """`+7.2 points (+1.1 to +13.3)`, or `−0.17 (−0.30 to −0.04)`; empty without an interval."""
    if estimate is None or low is None or high is None:
        return ""
    unit = " points" if rate else ""
    return f"{signed(estimate, rate)}{unit} ({span(low, high, rate)})"


def span(low: float, high: float, rate: bool) -> str:
    """Two differences as `+2.1 to +15.5`."""
    return f"{signed(low, rate)} to {signed(high, rate)}"


def signed(value: float, rate: bool) -> str:
    """A difference with its sign, in points for a share."""
    return wording.signed(100 * value, 1) if rate else wording.signed(value, 2)
