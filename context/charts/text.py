"""Levels and differences of figures as the reports write them."""

MINUS = "\N{MINUS SIGN}"


def level(value: float | None, rate: bool) -> str:
    """`38.2 %` for a share, `4.21` for a mean."""
    if value is None:
        return "–"
    return f"{value:.1%}".replace("%", " %") if rate else f"{value:.2f}"


def change(estimate: float | None, low: float | None, high: float | None, rate: bool) -> str:
    """`+7.2 points (+1.1 to +13.3)`, or `−0.17 (−0.30 to −0.04)`; empty without an interval."""
    if estimate is None or low is None or high is None:
        return ""
    unit = " points" if rate else ""
    return f"{signed(estimate, rate)}{unit} ({signed(low, rate)} to {signed(high, rate)})"


def signed(value: float, rate: bool) -> str:
    """A difference with its sign, in points for a share."""
    return (f"{100 * value:+.1f}" if rate else f"{value:+.2f}").replace("-", MINUS)
