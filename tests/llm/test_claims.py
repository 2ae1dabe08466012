"""Claims on rows of work: each row is held by one worker, and no row is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet

from conversations.models import HandoverBrief
from llm.claims import MAX_ATTEMPTS, held_by, put_back, release
from llm.work import claim, new_worker, progress, release_expired, reopen
from tests.llm.material import NOW, make_rows

LEASE = timedelta(minutes=10)
pytestmark = pytest.mark.django_db


def rows() -> QuerySet[HandoverBrief]:
    """All rows of work."""
    return HandoverBrief.objects.order_by("pk")


def test_a_claim_takes_free_rows_in_order_up_to_its_limit() -> None:
    made = make_rows(5)
    taken = claim(rows(), now=NOW, lease=LEASE, limit=3, worker="a")
    assert [row.pk for row in taken] == [row.pk for row in made[:3]]
    assert {(row.state, row.claimed_by, row.attempts) for row in taken} == {("working", "a", 1)}
    stored = HandoverBrief.objects.get(pk=taken[0].pk)
    assert (stored.state, stored.claimed_by, stored.attempts) == ("working", "a", 1)
    assert stored.lease_until == NOW + LEASE


def test_a_claimed_row_is_given_to_nobody_else_until_its_lease_runs_out() -> None:
    make_rows(2)
    claim(rows(), now=NOW, lease=LEASE, limit=9, worker="a")
    assert claim(rows(), now=NOW + LEASE / 2, lease=LEASE, limit=9, worker="b") == []
    later = claim(rows(), now=NOW + LEASE, lease=LEASE, limit=9, worker="b")
    assert {(row.claimed_by, row.attempts) for row in later} == {("b", 2)}
    assert held_by("a", later) == set()


def test_what_the_queryset_selects_along_is_kept(django_assert_num_queries: object) -> None:
    make_rows(2)
    taken = claim(
        rows().select_related("conversation"), now=NOW, lease=LEASE, limit=9, worker=new_worker()
    )
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert {row.conversation.source for row in taken} == {"test"}


def test_a_row_that_was_put_back_waits_for_its_next_try() -> None:
    make_rows(1)
    [row] = claim(rows(), now=NOW, lease=LEASE, limit=1, worker="a")
    put_back("a", row, "no answer", NOW + timedelta(minutes=3))
    assert claim(rows(), now=NOW + timedelta(minutes=2), lease=LEASE, limit=1, worker="b") == []
    [again] = claim(rows(), now=NOW + timedelta(minutes=3), lease=LEASE, limit=1, worker="b")
    assert (again.attempts, again.error) == (2, "no answer")


def test_a_row_claimed_too_often_fails_and_says_why() -> None:
    make_rows(2)
    first, second = rows()
    HandoverBrief.objects.update(attempts=MAX_ATTEMPTS)
    HandoverBrief.objects.filter(pk=second.pk).update(error="HTTP 500")
    assert claim(rows(), now=NOW, lease=LEASE, limit=9, worker="a") == []
    errors = dict(rows().values_list("pk", "error"))
    assert errors[first.pk] == f"given up after {MAX_ATTEMPTS} attempts: its worker never came back"
    assert errors[second.pk] == f"given up after {MAX_ATTEMPTS} attempts: HTTP 500"
    assert progress(rows())["failed"] == 2


def test_expired_leases_are_released() -> None:
    make_rows(2)
    claim(rows(), now=NOW, lease=LEASE, limit=1, worker="a")
    assert release_expired(HandoverBrief.objects.all(), NOW + LEASE / 2) == 0
    assert release_expired(HandoverBrief.objects.all(), NOW + LEASE) == 1
    assert progress(rows()) == {"pending": 2, "working": 0, "done": 0, "failed": 0, "skipped": 0}


def test_only_the_holder_can_put_back_or_release() -> None:
    make_rows(1)
    [row] = claim(rows(), now=NOW, lease=LEASE, limit=1, worker="a")
    put_back("b", row, "not mine", NOW)
    assert release("b", HandoverBrief.objects.all()) == 0
    assert HandoverBrief.objects.get().claimed_by == "a"
    assert release("a", HandoverBrief.objects.all()) == 1
    stored = HandoverBrief.objects.get()
    assert (stored.state, stored.attempts, stored.error) == ("pending", 0, "")


def test_failed_and_skipped_rows_can_be_opened_again() -> None:
    make_rows(3)
    first, second, third = rows()
    for row, state in ((first, "failed"), (second, "skipped"), (third, "done")):
        HandoverBrief.objects.filter(pk=row.pk).update(state=state, error="x", attempts=4)
    assert reopen(HandoverBrief.objects.all()) == 2
    assert progress(rows())["pending"] == 2
    assert HandoverBrief.objects.get(pk=first.pk).attempts == 0


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_share_the_rows_without_overlap() -> None:
    make_rows(40)

    def work(number: int) -> list[int]:
        mine: list[int] = []
        while some := claim(rows(), now=NOW, lease=LEASE, limit=3, worker=f"w{number}"):
            mine += [row.pk for row in some]
        connection.close()
        return mine

    with ThreadPoolExecutor(6) as pool:
        taken = [key for part in pool.map(work, range(6)) for key in part]
    assert sorted(taken) == list(rows().values_list("pk", flat=True))
