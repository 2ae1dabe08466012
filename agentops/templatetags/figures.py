"""Numbers as a manager reads them: `37.0 %`, `+9.0 points`, `4.70`, `$0.12`; a dash for none."""

from collections.abc import Mapping
from decimal import Decimal

from django import template

register = template.Library()

NONE = "–"
MINUS = "−"


def signed(value: float, digits: int) -> str:
    """A number with its sign, a true minus, and no sign on a rounded zero."""
    text = f"{abs(value):,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        return text
    return f"{'+' if value > 0 else MINUS}{text}"


@register.filter
def percent(value: float | None, digits: int = 1) -> str:
    """A share as `37.0 %`."""
    return NONE if value is None else f"{100 * value:.{digits}f} %"


@register.filter
def points(value: float | None, digits: int = 1) -> str:
    """A difference of shares as `+9.0 points`."""
    return NONE if value is None else f"{signed(100 * value, digits)} points"


@register.filter
def relative(value: float | None, digits: int = 0) -> str:
    """A relative change as `+32 %`."""
    return NONE if value is None else f"{signed(100 * value, digits)} %"


@register.filter
def score(value: float | None, digits: int = 2) -> str:
    """A mean score as `4.70`."""
    return NONE if value is None else f"{value:.{digits}f}"


@register.filter
def score_change(value: float | None, digits: int = 2) -> str:
    """A difference of scores as `−0.17`."""
    return NONE if value is None else signed(value, digits)


@register.filter
def dollars(value: Decimal | float | None, digits: int = 2) -> str:
    """Money as `$1,234.50`; below a cent it says so."""
    if value is None:
        return NONE
    if 0 < value < Decimal("0.005"):
        return "under $0.01"
    return f"${value:,.{digits}f}"


@register.filter
def whole(value: float | None) -> str:
    """A count as `1,234`."""
    return NONE if value is None else f"{value:,.0f}"


@register.filter
def entry(mapping: Mapping[str, object], key: str) -> object:
    """The value under a key that is only known in the template; None where there is none."""
    return mapping.get(key)
