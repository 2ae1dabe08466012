"""Numbers as a manager reads them: `37.0 %`, `+9.0 points`, `4.70`, `$0.12`; a dash for none."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


class Estimate(Protocol):
    """A number with its doubt: `conversations.figures.FigureValue` is one."""

    @property
    def value(self) -> float | None: ...
    @property
    def n(self) -> int: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def reason(self) -> str: ...


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
def dollars_more(value: float | None) -> str:
    """A difference of money as `−$0.17`."""
    if value is None or not round(value, 2):
        return NONE if value is None else "$0.00"
    return f"{'−' if value < 0 else '+'}${abs(value):,.2f}"


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


@register.filter
def shown(value: float | None, kind: str) -> str:
    """A value as its kind is written: `share`, `money` or `score`."""
    if kind == "share":
        return percent(value)
    return dollars(value, 4) if kind == "money" else score(value)


@register.filter
def difference(value: float | None, kind: str) -> str:
    """A difference of two values of a kind, with its sign."""
    if kind == "share":
        return points(value)
    return score_change(value, 4) if kind == "money" else score_change(value)


@register.simple_tag
def figure(found: Estimate | None, kind: str) -> SafeString | str:
    """A value whose interval and n open on hover and focus.

    A tag and not an include: a page of a year shows a thousand of them.
    """
    if found is None or found.value is None:
        return NONE
    doubt = f"no interval: {found.reason}, " if found.reason else ""
    if found.low is not None:
        doubt = f"95 % interval {shown(found.low, kind)} to {shown(found.high, kind)}, "
    return format_html(
        '<span class="tip" tabindex="0">{}<span role="tooltip">{}n = {}</span></span>',
        shown(found.value, kind),
        doubt,
        f"{found.n:,}",
    )
