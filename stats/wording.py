"""Numbers as a manager reads them: `37.0 %`, `+9.0 points`, `4.70`, `$0.12`; a dash for none.

The same on pages, in reports and over REST.
"""

from collections.abc import Iterable
from decimal import Decimal

NONE = "–"
MINUS = "−"


def signed(value: float, digits: int) -> str:
    """A number with its sign, a true minus, and no sign on a rounded zero."""
    text = f"{abs(value):,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        return text
    return f"{'+' if value > 0 else MINUS}{text}"


def percent(value: float | None, digits: int = 1) -> str:
    """A share as `37.0 %`."""
    return NONE if value is None else f"{100 * value:.{digits}f} %"


def points(value: float | None, digits: int = 1) -> str:
    """A difference of shares as `+9.0 points`."""
    return NONE if value is None else f"{signed(100 * value, digits)} points"


def relative(value: float | None, digits: int = 0) -> str:
    """A relative change as `+32 %`."""
    return NONE if value is None else f"{signed(100 * value, digits)} %"


def score(value: float | None, digits: int = 2) -> str:
    """A mean score as `4.70`."""
    return NONE if value is None else f"{value:.{digits}f}"


def score_change(value: float | None, digits: int = 2) -> str:
    """A difference of scores as `−0.17`."""
    return NONE if value is None else signed(value, digits)


def dollars(value: Decimal | float | None, digits: int = 2) -> str:
    """Money as `$1,234.50`; below a cent it says so."""
    if value is None:
        return NONE
    if 0 < value < Decimal("0.005"):
        return "under $0.01"
    return f"${value:,.{digits}f}"


def dollars_more(value: float | None) -> str:
    """A difference of money as `−$0.17`."""
    if value is None or not round(value, 2):
        return NONE if value is None else "$0.00"
    return f"{'−' if value < 0 else '+'}${abs(value):,.2f}"


def p_value(value: float | None) -> str:
    """A p-value as `0.043`; a small one is not 0."""
    if value is None:
        return NONE
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def whole(value: float | None) -> str:
    """A count as `1,234`."""
    return NONE if value is None else f"{value:,.0f}"


def shown(value: float | None, kind: str) -> str:
    """A value as its kind is written: `share`, `money` or `score`."""
    if kind == "share":
        return percent(value)
    return dollars(value, 4) if kind == "money" else score(value)


def difference(value: float | None, kind: str) -> str:
    """A difference of two values of a kind, with its sign."""
    if kind == "share":
        return points(value)
    return score_change(value, 4) if kind == "money" else score_change(value)


def course(values: Iterable[tuple[str, float]], kind: str) -> str:
    """Values on the way, each after its word: `28 % → 37 %`, `4.87 → low 4.07 → 4.70`.

    Shares that are all whole percents are written so; else all have one decimal.
    """
    steps = list(values)
    digits = 0 if all(abs(100 * value - round(100 * value)) < 0.05 for _, value in steps) else 1
    return " → ".join(
        f"{word} {percent(value, digits) if kind == 'share' else shown(value, kind)}".strip()
        for word, value in steps
    )
