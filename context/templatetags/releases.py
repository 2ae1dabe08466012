"""Filters of the release pages."""

import json
from collections.abc import Iterator
from typing import Any

from django import template
from django.utils.safestring import SafeString

from context.editing.word_diff import Passage, word_diff
from context.markdown import render_markdown

register = template.Library()
LONG, KEPT = 320, 120


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown as safe HTML."""
    return render_markdown(text)


@register.filter
def abridged(passages: list[Passage]) -> list[Passage]:
    """A diff whose long unchanged stretches are cut in the middle."""
    return [
        Passage(passage.operation, shortened(passage.text))
        if passage.operation == "same"
        else passage
        for passage in passages
    ]


def shortened(text: str) -> str:
    """The beginning and the end of a long text."""
    return text if len(text) <= LONG else f"{text[:KEPT].rstrip()} … {text[-KEPT:].lstrip()}"


@register.filter
def words_to(before: Any, after: Any) -> list[Passage]:
    """What changed from one side of a merge to another: texts, values or documents."""
    if before is None:
        return [Passage("added", side_text(after))]
    return word_diff(side_text(before), side_text(after))


def side_text(side: Any) -> str:
    """A side as text."""
    return side if isinstance(side, str) else str(getattr(side, "body", side))


@register.filter
def setting_text(value: Any) -> str:
    """The value of a setting as it is written in JSON; text as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@register.filter
def each_variable(rows: list[tuple[str, Any, Any]]) -> Iterator[tuple[str, str | None, str | None]]:
    """Changed settings as texts, a row for each variable that differs; None where it is missing."""
    for name, before, after in rows:
        if name != "variables":
            sides = [None if side is None else setting_text(side) for side in (before, after)]
            yield name, sides[0], sides[1]
            continue
        was, now = before or {}, after or {}
        for key in sorted(was.keys() | now.keys()):
            if was.get(key) != now.get(key):
                yield f"{{{{{key}}}}}", was.get(key), now.get(key)


@register.filter
def is_new(passages: list[Passage]) -> bool:
    """Whether nothing stood there before."""
    return all(passage.operation == "added" for passage in passages)
