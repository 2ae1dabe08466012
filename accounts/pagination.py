"""Keyset pages: a cursor is the sort key of a row, so a page costs the same at the millionth row
as at the first.
"""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.problems import Problem

DEFAULT_LIMIT = 50
MOST = 200


@dataclass(frozen=True)
class Page:
    """Rows of one page; a cursor is None when there is nothing further on that side."""

    rows: list[Any]
    next_cursor: str | None
    previous_cursor: str | None


def neighbours(request: HttpRequest, found: Page) -> dict[str, str]:
    """The addresses of the newer and the older page with the list's filters; empty for none."""
    query = request.GET.copy()
    addresses = {"newer": "", "older": ""}
    for name, cursor in (("newer", found.previous_cursor), ("older", found.next_cursor)):
        if cursor:
            query["cursor"] = cursor
            addresses[name] = f"?{query.urlencode()}"
    return addresses


def encode(row: Model, order: tuple[str, ...], direction: str) -> str:
    """The cursor that points just after (`n`) or before (`p`) a row."""
    values = [getattr(row, name.lstrip("-")) for name in order]
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps([direction, *plain]).encode()).decode().rstrip("=")


def decode(cursor: str, queryset: QuerySet[Any], order: tuple[str, ...]) -> tuple[str, list[Any]]:
    """The direction and sort key of a cursor; raises a 422 problem for anything else."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        direction, *values = json.loads(base64.urlsafe_b64decode(padded.encode()))
        fields = [plain_field(queryset, name.lstrip("-")) for name in order]
        key = [field.to_python(value) for field, value in zip(fields, values, strict=True)]
        if direction not in {"n", "p"} or None in key:
            raise ValueError
    except (ValueError, TypeError, binascii.Error, ValidationError):
        fault = {"field": "cursor", "message": "not a cursor of this list"}
        raise Problem(422, "invalid_cursor", "The cursor is not of this list.", [fault]) from None
    return direction, key


def plain_field(queryset: QuerySet[Any], name: str) -> Any:
    """The field of a column; of a generated one, the field of its values."""
    field = queryset.model._meta.get_field(name)
    return getattr(field, "output_field", field)


def beyond(order: tuple[str, ...], key: list[Any]) -> Q:
    """Rows after `key` in `order`: (a, b) > (x, y) is a > x, or a = x and b > y."""
    alternatives = []
    for depth, name in enumerate(order):
        same = {part.lstrip("-"): key[i] for i, part in enumerate(order[:depth])}
        comparison = "lt" if name.startswith("-") else "gt"
        alternatives.append(Q(**same, **{f"{name.lstrip('-')}__{comparison}": key[depth]}))
    # Implied by the alternatives, but it lets the database begin reading its index at the cursor.
    first, side = order[0].lstrip("-"), "lte" if order[0].startswith("-") else "gte"
    return Q(**{f"{first}__{side}": key[0]}) & reduce(or_, alternatives)


def turned(order: tuple[str, ...]) -> tuple[str, ...]:
    """The same order backwards."""
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in order)


def limit_of(request: HttpRequest | Request) -> int:
    """`?limit=` between 1 and 200; raises a 422 problem for anything else."""
    given = request.GET.get("limit", str(DEFAULT_LIMIT))
    if not (given.isascii() and given.isdigit() and 1 <= int(given) <= MOST):
        fault = {"field": "limit", "message": f"a whole number from 1 to {MOST}"}
        raise Problem(422, "invalid", f"limit must be from 1 to {MOST}.", [fault])
    return int(given)


def page(
    request: HttpRequest | Request,
    queryset: QuerySet[Any],
    order: tuple[str, ...] = ("-opened_at", "-id"),
) -> Page:
    """The page that `?cursor=&limit=` asks for. `order` must end in a unique column."""
    limit = limit_of(request)
    direction, key = "n", None
    if cursor := request.GET.get("cursor"):
        direction, key = decode(cursor, queryset, order)
    way = order if direction == "n" else turned(order)
    rows = queryset.order_by(*way)
    if key is not None:
        rows = rows.filter(beyond(way, key))
    found = list(rows[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    if direction == "p":
        found.reverse()
    has_next = more if direction == "n" else bool(found)
    has_previous = key is not None and (direction == "n" or more)
    return Page(
        found,
        encode(found[-1], order, "n") if has_next and found else None,
        encode(found[0], order, "p") if has_previous and found else None,
    )


def listing(
    request: Request,
    queryset: QuerySet[Any],
    order: tuple[str, ...],
    render: Callable[[Any], dict[str, Any]],
) -> Response:
    """A REST list: `{"data": […], "next_cursor": …}`."""
    found = page(request, queryset, order)
    return Response({"data": [render(row) for row in found.rows], "next_cursor": found.next_cursor})
