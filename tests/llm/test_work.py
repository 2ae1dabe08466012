"""Rows worked through the model: each ends once, with its result or its error."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.db.models import QuerySet
from pytest_django.fixtures import Settings

from conversations.models import HandoverBrief
from llm.budget import Budget, spent
from llm.calls import Call, Reply, UnparsableAnswer
from llm.work import Outcome, Tally, progress, run
from tests.llm.material import NOW, make_call, make_rows, serving

pytestmark = pytest.mark.django_db


def rows() -> QuerySet[HandoverBrief]:
    """All rows of work."""
    return HandoverBrief.objects.order_by("pk")


def prepare(row: HandoverBrief) -> Call:
    """Each row asks its own question."""
    return make_call(f"How long does delivery take? My reference is {row.pk}")


def finish(batch: list[tuple[HandoverBrief, Outcome]]) -> None:
    """Store what came back, as an app does."""
    for row, outcome in batch:
        row.wants = outcome.raw if isinstance(outcome, Reply) else "no result"
        row.save(update_fields=["wants"])


def work(**options: Any) -> Tally:
    """Work all rows."""
    defaults: dict[str, Any] = {"prepare": prepare, "finish": finish, "now_fn": lambda: NOW}
    return run(rows(), **defaults | options)


def states() -> dict[str, int]:
    """Count rows by state, without the empty ones."""
    return {state: count for state, count in progress(rows()).items() if count}


def test_every_row_is_asked_once_and_written_with_its_state() -> None:
    make_rows(130)
    seen: list[int] = []
    tally = work(limit=40, on_progress=lambda sofar: seen.append(sofar.done))
    assert states() == {"done": 130}
    assert (tally.done, tally.attempts) == (130, 130)
    assert tally.input_tokens > 0
    assert seen == sorted(seen)
    assert seen[-1] == 130
    for row in rows():
        assert '"sources": ["delivery"]' in row.wants
        assert (row.error, row.claimed_by, row.lease_until) == ("", "", None)


def test_nothing_to_do_is_done_at_once() -> None:
    assert work() == Tally()


def test_at_most_so_many_rows_are_taken() -> None:
    make_rows(9)
    assert work(max_rows=4).done == 4
    assert states() == {"pending": 5, "done": 4}


def test_nothing_is_taken_from_a_moment_on() -> None:
    make_rows(9)

    def now_fn() -> datetime:
        """A minute passes with every row that is done."""
        return NOW + timedelta(minutes=rows().filter(state="done").count())

    until = NOW + timedelta(minutes=3)
    done = work(now_fn=now_fn, until=until, limit=1, concurrency=1, lease=timedelta(hours=1)).done
    assert 3 <= done < 9
    assert states() == {"done": done, "pending": 9 - done}


def test_progress_is_told_when_rows_are_claimed_before_any_is_done() -> None:
    make_rows(3)
    seen: list[tuple[int, dict[str, int]]] = []
    work(on_progress=lambda sofar: seen.append((sofar.done, states())))
    assert seen[0] == (0, {"working": 3})
    assert seen[-1] == (3, {"done": 3})


def test_a_row_whose_call_cannot_be_built_fails_alone() -> None:
    first, *_ = make_rows(3)

    def picky(row: HandoverBrief) -> Call:
        if row.pk == first.pk:
            raise ValueError("no transcript")
        return prepare(row)

    work(prepare=picky)
    assert states() == {"done": 2, "failed": 1}
    assert HandoverBrief.objects.get(pk=first.pk).error == "ValueError: no transcript"


def test_a_result_that_cannot_be_written_fails_its_row_alone() -> None:
    _, second, _ = make_rows(3)

    def strict(batch: list[tuple[HandoverBrief, Outcome]]) -> None:
        finish(batch)
        if any(row.pk == second.pk for row, _ in batch):
            raise IntegrityError("twice")

    work(finish=strict)
    assert states() == {"done": 2, "failed": 1}
    failed = HandoverBrief.objects.get(pk=second.pk)
    assert failed.error == "writing the result failed: IntegrityError: twice"
    assert failed.wants == ""  # what was written with it is rolled back


def test_trouble_with_the_database_fails_no_row_and_frees_them() -> None:
    make_rows(3)

    def broken(_: object) -> None:
        raise OperationalError("the server is gone")

    with pytest.raises(OperationalError):
        work(finish=broken)
    assert states() == {"pending": 3}
    assert work().done == 3


def test_a_model_that_cannot_be_reached_puts_rows_back_with_the_reason(settings: Settings) -> None:
    make_rows(3)
    settings.LLM_RETRIES = 0
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    tally = work()
    assert (tally.put_back, tally.done, tally.failed) == (3, 0, 0)
    assert states() == {"pending": 3}
    row = rows()[0]
    assert row.error.startswith("connection lost")
    assert (row.attempts, row.lease_until, row.wants) == (1, NOW + timedelta(seconds=30), "")
    settings.OPENAI_BASE_URL = ""
    assert work().done == 0  # they wait
    assert work(now_fn=lambda: NOW + timedelta(minutes=1)).done == 3
    assert set(rows().values_list("error", flat=True)) == {""}


def test_rows_wait_as_long_as_the_server_asks(settings: Settings) -> None:
    make_rows(1)
    with serving(fail_429=1, retry_after=400) as url:
        settings.OPENAI_BASE_URL = url
        work()
    assert rows()[0].lease_until == NOW + timedelta(seconds=400)


def test_an_answer_nobody_can_read_fails_the_row_and_is_never_a_result(settings: Settings) -> None:
    make_rows(2)
    outcomes: list[Outcome] = []

    def look(batch: list[tuple[HandoverBrief, Outcome]]) -> None:
        outcomes.extend(outcome for _, outcome in batch)
        finish(batch)

    with serving(malformed=1) as url:
        settings.OPENAI_BASE_URL = url
        tally = work(finish=look)
    assert states() == {"failed": 2}
    assert all(isinstance(outcome, UnparsableAnswer) for outcome in outcomes)
    assert (tally.failed, tally.attempts) == (2, 6)
    assert "does not fit AgentAnswer" in rows()[0].error
    assert rows()[0].wants == "no result"


def test_nothing_is_lost_or_mislabelled_through_faults(settings: Settings) -> None:
    make_rows(120)
    settings.LLM_RETRIES = 1
    at = NOW
    with serving(
        fail_429=0.1, fail_500=0.08, drop=0.04, malformed=0.05, retry_after=0.02, seed=4
    ) as url:
        settings.OPENAI_BASE_URL = url
        for _ in range(8):
            work(now_fn=lambda moment=at: moment)
            at += timedelta(hours=1)
    counts = states()
    assert counts["done"] + counts.get("failed", 0) == 120
    for row in rows():
        if row.state == "done":
            assert '"sources": ["delivery"]' in row.wants
        else:
            assert "does not fit AgentAnswer" in row.error


def test_a_row_that_someone_else_took_over_is_not_written_by_the_slow_worker() -> None:
    [row] = make_rows(1)

    def lose(claimed: HandoverBrief) -> Call:
        HandoverBrief.objects.filter(pk=row.pk).update(claimed_by="someone else")
        return prepare(claimed)

    tally = work(prepare=lose)
    stored = HandoverBrief.objects.get()
    assert (stored.state, stored.claimed_by, stored.wants) == ("working", "someone else", "")
    assert (tally.done, tally.attempts) == (0, 1)


def test_work_of_two_calls_comes_back_in_the_same_run() -> None:
    make_rows(70)

    def twice(batch: list[tuple[HandoverBrief, Outcome]]) -> None:
        for row, _ in batch:
            row.wants += "."
            row.save(update_fields=["wants"])
        once = [row.pk for row, _ in batch if row.wants == "."]
        free = {"state": "pending", "claimed_by": "", "lease_until": None}
        HandoverBrief.objects.filter(pk__in=once).update(**free)

    tally = work(finish=twice, limit=30)
    assert states() == {"done": 70}
    assert set(rows().values_list("wants", flat=True)) == {".."}
    assert tally.attempts == 140


def test_leases_are_kept_while_calls_are_under_way(settings: Settings) -> None:
    make_rows(3)
    leases: list[datetime | None] = []
    started = datetime.now(UTC)

    def look(batch: list[tuple[HandoverBrief, Outcome]]) -> None:
        asked = rows().filter(pk__in=[row.pk for row, _ in batch])  # the others may be done
        leases.extend(asked.values_list("lease_until", flat=True))
        finish(batch)

    with serving(latency_ms=1500) as url:
        settings.OPENAI_BASE_URL = url
        work(finish=look, lease=timedelta(seconds=1), now_fn=lambda: datetime.now(UTC))
    assert states() == {"done": 3}
    assert all(lease is not None and lease > started + timedelta(seconds=1.2) for lease in leases)


def test_no_transaction_is_open_while_the_model_is_asked(settings: Settings) -> None:
    make_rows(2)
    depth = len(connection.savepoint_ids)
    seen: list[int] = []

    def look(row: HandoverBrief) -> Call:
        seen.append(len(connection.savepoint_ids))
        return prepare(row)

    work(prepare=look)
    assert seen == [depth, depth]


def test_what_a_budget_does_not_allow_is_skipped_and_listed(settings: Settings) -> None:
    make_rows(10)

    def dear(row: HandoverBrief) -> Call:
        return make_call("How long does delivery take?", model="gpt-4.1-mini")

    budget = Budget("agent:1", NOW.date(), Decimal("0.000001"))
    tally = work(prepare=dear, budget=[budget])
    assert (tally.skipped, tally.attempts) == (10, 0)
    assert states() == {"skipped": 10}
    assert "the cap of $0.00 for agent:1 on 2026-11-18 leaves no room" in rows()[0].error
    assert spent("agent:1", NOW.date()) == 0


def test_a_budget_is_used_up_to_its_cap_and_settled_at_the_true_price() -> None:
    make_rows(10)
    budget = Budget("agent:1", NOW.date(), Decimal(1))
    tally = work(budget=[budget])
    assert tally.done == 10
    assert spent("agent:1", NOW.date()) == tally.cost_usd == 0


def test_a_call_without_a_price_is_skipped_not_made() -> None:
    make_rows(2)
    tally = work(prepare=lambda _: make_call(model="my-own-model"))
    assert (tally.skipped, tally.attempts) == (2, 0)
    assert "MODEL_PRICES_FILE" in rows()[0].error


def test_the_cap_of_the_installation_holds_for_every_call(settings: Settings) -> None:
    make_rows(3)
    settings.DAILY_BUDGET_USD = 0.000001

    def dear(_: HandoverBrief) -> Call:
        return make_call(model="gpt-4.1-mini")

    tally = work(prepare=dear)
    assert (tally.skipped, tally.attempts) == (3, 0)
    assert states() == {"skipped": 3}
    assert "for installation on 2026-11-18" in rows()[0].error
