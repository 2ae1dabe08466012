"""Keyset pages give every row once, in order, both ways, while rows come and go."""

import pytest
from django.http import HttpRequest, QueryDict

from accounts.models import AuditEntry
from accounts.pagination import Page, page
from accounts.problems import Problem
from tests.make import NOW, make_workspace

pytestmark = pytest.mark.django_db
ORDER = ("-at", "-id")


def make_entries(number: int) -> None:
    workspace = make_workspace()
    for index in range(number):
        AuditEntry.objects.create(
            workspace=workspace, action="x", subject=str(index), at=NOW.replace(second=index // 3)
        )


def get(cursor: str | None, limit: str = "4") -> Page:
    request = HttpRequest()
    request.GET = QueryDict(f"limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
    return page(request, AuditEntry.objects.all(), ORDER)


def test_following_the_cursor_gives_every_row_once_in_order() -> None:
    make_entries(11)
    seen, cursor = [], None
    while True:
        found = get(cursor)
        seen += [row.subject for row in found.rows]
        if (cursor := found.next_cursor) is None:
            break
    assert seen == [str(index) for index in reversed(range(11))]


def test_the_previous_cursor_goes_back_to_the_page_before() -> None:
    make_entries(11)
    first = get(None)
    second = get(first.next_cursor)
    assert first.previous_cursor is None
    assert get(second.previous_cursor).rows == first.rows
    assert get(second.previous_cursor).previous_cursor is None


def test_an_empty_list_has_one_empty_page() -> None:
    assert get(None) == Page([], None, None)


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJuIiwgMSwgMl0", "%%%", "WyJuIixudWxsLDFd"])
def test_a_cursor_that_is_none_is_named_as_the_fault(cursor: str) -> None:
    with pytest.raises(Problem) as caught:
        get(cursor)
    assert caught.value.status_code == 422
    assert caught.value.errors == [{"field": "cursor", "message": "not a cursor of this list"}]


@pytest.mark.parametrize("limit", ["0", "201", "x", "-1", "1.5", "²"])
def test_a_limit_out_of_range_is_refused(limit: str) -> None:
    with pytest.raises(Problem) as caught:
        get(None, limit)
    assert caught.value.status_code == 422
