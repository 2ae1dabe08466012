"""How numbers are written in templates; the words are those of `stats.wording`."""

from collections.abc import Iterable, Mapping
from datetime import date
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


@register.simple_tag
def figure_cells(
    found: Mapping[str, Estimate], columns: Iterable[tuple[str, str, str, bool | None]]
) -> SafeString:
    """A table's cells with the figures of a week, in the order of `conversations.changes.SHOWN`.

    One tag a row: two years have two thousand cells, and each tag costs more than the cell.
    """
    cells = (figure(found.get(key), kind) for key, _, kind, _ in columns)
    return SafeString("".join(f'<td class="num">{cell}</td>' for cell in cells))


class Week(Protocol):
    """A week by its name and its Monday: `conversations.figures.WeekFigures` is one."""

    @property
    def week(self) -> str: ...
    @property
    def monday(self) -> date: ...


@register.simple_tag
def week_options(weeks: Iterable[Week], chosen: str) -> SafeString:
    """The weeks to choose from; names and dates hold nothing to escape."""
    return SafeString(
        "".join(
            f'<option value="{one.week}"{" selected" * (one.week == chosen)}>'
            f"{one.week}, {one.monday.day} {one.monday:%b}</option>"
            for one in weeks
        )
    )
