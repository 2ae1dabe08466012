"""How numbers are written in templates; the words are those of `stats.wording`."""

from collections.abc import Mapping
from typing import Protocol

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

from stats import wording
from stats.wording import NONE, shown

register = template.Library()

for write in (
    wording.percent,
    wording.points,
    wording.relative,
    wording.score,
    wording.score_change,
    wording.dollars,
    wording.dollars_more,
    wording.whole,
    wording.p_value,
    wording.shown,
    wording.difference,
):
    register.filter(write)


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


@register.filter
def entry(mapping: Mapping[str, object], key: str) -> object:
    """The value under a key that is only known in the template; None where there is none."""
    return mapping.get(key)


@register.simple_tag
def figure(found: Estimate | None, kind: str) -> SafeString | str:
    """A value whose interval and n open on hover and focus.

    A tag and not an include: a page of a year shows a thousand of them.
    """
    if found is None or found.value is None:
        return NONE
    doubt = f"no interval: {escape(found.reason)}, " if found.reason else ""
    if found.low is not None:
        doubt = f"95 % interval {shown(found.low, kind)} to {shown(found.high, kind)}, "
    # Only the reason could hold anything but digits; escaping every part costs two years 20 ms.
    return SafeString(
        f'<span class="tip" tabindex="0">{shown(found.value, kind)}'
        f'<span role="tooltip">{doubt}n = {found.n:,}</span></span>'
    )
