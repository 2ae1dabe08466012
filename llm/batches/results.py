"""Writing what a batch brought back: in small transactions, each result and each dollar once.

`lines_read` of the batch says how far its output file is written. It moves in the transaction that
writes the rows, so whoever goes on after a crash begins at the first line that is not written.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice

from django.db import transaction

from llm.batches import provider
from llm.batches.lines import Result, read_result
from llm.batches.work import BatchWork
from llm.budget import Budget, settle_all
from llm.calls import UnparsableAnswer
from llm.claims import Row
from llm.models import ModelBatch
from llm.outcomes import Outcome, Tally, Writer
from llm.states import Route, WorkState

_LINES_AT_ONCE = 50


def write_results(batch: ModelBatch, work: BatchWork) -> None:
    """Write the output file from where it was left, then what the error file says.

    Raises BatchTakenOver, ModelUnavailable and RequestRefused; called again, it goes on.
    """
    if batch.output_file_id:
        for chunk in _chunks(batch.output_file_id, skip=batch.lines_read):
            with transaction.atomic():
                _write_chunk(batch, work, chunk)
    if batch.error_file_id:
        for chunk in _chunks(batch.error_file_id):
            with transaction.atomic():
                _give_up_chunk(batch, work, chunk)


def _chunks(file_id: str, skip: int = 0) -> Iterator[list[Result]]:
    """Read a file of results, some lines at a time; it is fetched to disk first."""
    with tempfile.TemporaryFile() as file:
        provider.download(file_id, file)
        file.seek(0)
        lines = islice((line for line in file if line.strip()), skip, None)
        while chunk := [read_result(line) for line in islice(lines, _LINES_AT_ONCE)]:
            yield chunk


def _write_chunk(batch: ModelBatch, work: BatchWork, chunk: Sequence[Result]) -> None:
    """Write some lines: the rows that still wait, and the cost of all."""
    rows = _waiting(batch, work, chunk)
    answers = {one.key: one for one in chunk if one.key is not None}
    outcomes: list[tuple[Row, Outcome]] = [
        (row, answers[row.pk].outcome(batch.model, work.schema(row))) for row in rows.values()
    ]
    cost = sum((one.cost(batch.model) for one in chunk), Decimal(0))
    taken = min(batch.reserved_usd, cost)
    now = work.now_fn()
    batch.keep(
        lines_read=batch.lines_read + len(chunk),
        cost_usd=batch.cost_usd + cost,
        reserved_usd=batch.reserved_usd - taken,
        next_step_at=now + batch.LEASE,
    )
    budgets = budgets_of(batch)
    writer = Writer(batch.key, work.finish, work.now_fn, budgets, Tally())
    writer.write(outcomes, Decimal(0))
    # What the writer has booked are the rows' own answers; the reservation pays for them, and
    # answers that nobody waits for any more were billed too.
    settle_all(budgets, taken, cost - writer.tally.cost_usd)
    unreadable = [row.pk for row, one in outcomes if isinstance(one, UnparsableAnswer)]
    _ask_again(batch, work, unreadable)


def _ask_again(batch: ModelBatch, work: BatchWork, keys: Sequence[int]) -> None:
    """Have answers that could not be read asked for by a live call, unless the batch was stopped
    for good.
    """
    if not keys or batch.rest == ModelBatch.Rest.SKIPPED:
        return
    failed = work.rows.filter(pk__in=keys, batch=batch, state=WorkState.FAILED)
    batch.count_left_over(failed.update(state=WorkState.PENDING, route=Route.LIVE))


def _give_up_chunk(batch: ModelBatch, work: BatchWork, chunk: Sequence[Result]) -> None:
    """Let go of rows whose line is an error; it costs nothing."""
    keys = defaultdict(list)
    for one in chunk:
        if one.key is not None:
            keys[one.problem].append(one.key)
    batch.keep(next_step_at=work.now_fn() + batch.LEASE)
    for problem, of_rows in keys.items():
        batch.let_go(work.rows.filter(pk__in=of_rows), f"in the batch: {problem}")


def _waiting(batch: ModelBatch, work: BatchWork, chunk: Sequence[Result]) -> dict[int, Row]:
    keys = [one.key for one in chunk if one.key is not None]
    return {row.pk: row for row in batch.held(work.rows.filter(pk__in=keys))}


def budgets_of(batch: ModelBatch) -> list[Budget]:
    """The budgets in which the batch's money is reserved; to settle there, a cap plays no part."""
    return [Budget(one.scope, one.day, Decimal(0)) for one in batch.reservations.all()]


@transaction.atomic
def close(batch: ModelBatch, work: BatchWork, status: str, why: str, *, paid: bool = False) -> None:
    """End a batch: rows without a result go on without it, and what was reserved is given back,
    unless it may have been `paid`. Raises BatchTakenOver.
    """
    left = Decimal(0) if paid else batch.reserved_usd
    cost = batch.cost_usd + batch.reserved_usd - left
    batch.refresh_from_db(fields=["rest", "cancel_reason"])
    batch.let_go(work.rows, batch.cancel_reason or why or "the batch has no answer")
    settle_all(budgets_of(batch), left, Decimal(0))
    batch.keep(
        status=status,
        ended_at=work.now_fn(),
        error=why,
        cost_usd=cost,
        reserved_usd=Decimal(0),
        claimed_by="",
    )
