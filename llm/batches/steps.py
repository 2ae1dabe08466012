"""One step of a batch at a time: send it, look how it stands, fetch what it brought, let it end.

A step may be cut off anywhere and is simply taken again. What must never happen twice is the
submission: a batch of whose submission nobody knows is looked for at the provider by its key first.
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import IO, Any

from django.db import InterfaceError, OperationalError

from llm import claims
from llm.batches import provider
from llm.batches.lines import request_line
from llm.batches.results import close, write_results
from llm.batches.work import BatchWork
from llm.calls import ModelError, ModelUnavailable, RequestRefused, UnknownPrice
from llm.claims import Row
from llm.models import BatchTakenOver, ModelBatch

log = logging.getLogger(__name__)

Status = ModelBatch.Status

_ROWS_AT_ONCE = 200
_SHORTEST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(minutes=10)
# A request whose answer was lost may take a while to show in the provider's lists.
_WAIT_IN_DOUBT = timedelta(minutes=5)
# The provider's window, and two hours in which it may be late.
_GIVE_UP = timedelta(hours=26)


def due_batches(purpose: str, now: datetime) -> list[ModelBatch]:
    """Batches whose next step is due, the oldest first."""
    rows = ModelBatch.objects.filter(purpose=purpose, ended_at=None, next_step_at__lte=now)
    return list(rows.order_by("pk"))


def take_step(batch: ModelBatch, work: BatchWork) -> bool:
    """Take the batch's next step if it is ours to take now; returns whether it was taken.

    Trouble with the provider stands on the row; the batch is tried again later or, when that
    cannot help, ends and leaves its rows to live calls.
    """
    if not batch.take(claims.new_worker(), work.now_fn()):
        return False
    try:
        _step(batch, work)
    except BatchTakenOver:
        log.warning("%s was taken over by another worker", batch)
    except (ModelUnavailable, UnknownPrice) as trouble:
        _try_later(batch, work, str(trouble), getattr(trouble, "retry_after", None))
    except RequestRefused as refused:
        _refuse(batch, work, refused)
    except Exception as fault:
        # A fault of ours must not hold the rows for ever, nor pass unseen.
        _try_later(batch, work, f"{type(fault).__name__}: {fault}")
        raise
    return True


def _refuse(batch: ModelBatch, work: BatchWork, refused: RequestRefused) -> None:
    """End a batch the provider does not take or no longer has. One that is out is not given up for
    a key that was revoked or a right that is missing: it is paid, and somebody may mend that.
    """
    if batch.batch_id and not provider.is_missing(refused):
        _try_later(batch, work, str(refused))
    else:
        _close(batch, work, Status.FAILED, str(refused), paid=bool(batch.batch_id))


def _step(batch: ModelBatch, work: BatchWork) -> None:
    """Send what is not sent, then look."""
    if not batch.batch_id and not _is_sent(batch, work):
        if batch.cancel_asked_at:
            _close(batch, work, Status.CANCELLED, "")
            return
        if not _send(batch, work):
            _close(batch, work, Status.CANCELLED, "no row was left to send")
            return
    found = _look(batch)
    if found.status in ModelBatch.ENDED:
        write_results(batch, work)
        problem = f": {found.problem}" if found.problem else ""
        why = f"the batch {found.status}{problem}" if found.status != Status.COMPLETED else ""
        _close(batch, work, found.status, why)
    elif _is_overdue(batch, work):
        with suppress(ModelError):
            provider.cancel(batch.batch_id)
        _close(batch, work, Status.FAILED, _too_late(), paid=True)
    else:
        batch.keep(next_step_at=work.now_fn() + _wait(batch, work), claimed_by="")


def _is_sent(batch: ModelBatch, work: BatchWork) -> bool:
    """Whether an earlier step has sent the batch without living to note it; if so, adopt it."""
    if batch.attempts < 2:
        return False  # nobody was here before us
    found = provider.find_batch(batch.key)
    if found is None:
        return False
    log.warning("%s was sent before as %s and is adopted", batch, found.id)
    batch.keep(batch_id=found.id, submitted_at=work.now_fn())
    return True


def _send(batch: ModelBatch, work: BatchWork) -> bool:
    """Upload the file, unless it is there, and start the batch; False when no row is left."""
    file_id = batch.file_id
    if not file_id and batch.attempts > 1:
        file_id = provider.find_file(batch.filename) or ""
    if not file_id:
        with tempfile.TemporaryFile() as file:
            if not _write_lines(file, batch, work):
                return False
            file.seek(0)
            file_id = provider.upload(file, batch.filename)
    batch.keep(file_id=file_id, next_step_at=work.now_fn() + batch.LEASE)
    made = provider.create(file_id, batch.key, batch.purpose)
    try:
        batch.keep(batch_id=made.id, submitted_at=work.now_fn(), error="")
    except BatchTakenOver:
        _undo(batch, made.id)
        raise
    return True


def _undo(batch: ModelBatch, batch_id: str) -> None:
    """Cancel what we started after another worker had taken over: we slept longer than our lease
    between the last look at the row and the request. If the other has adopted it, it is not ours to
    cancel.
    """
    batch.refresh_from_db(fields=["batch_id"])
    if batch.batch_id != batch_id:
        log.warning("%s was sent a second time as %s, which is cancelled", batch, batch_id)
        provider.cancel(batch_id)


def _write_lines(file: IO[bytes], batch: ModelBatch, work: BatchWork) -> int:
    """Write a line for every row that waits for this batch; returns how many."""
    count = 0
    for row in _held_rows(batch, work):
        try:
            line = request_line(batch.purpose, row, work.prepare(row))
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # it could be built when it was priced: the row has changed
            log.exception("preparing %r failed", row)
            batch.let_go(work.rows.filter(pk=row.pk), f"left out of the batch: {error}")
            continue
        file.write(line)
        count += 1
    return count


def _held_rows(batch: ModelBatch, work: BatchWork) -> Iterator[Row]:
    """The batch's rows in the order of their keys, some at a time."""
    last = 0
    while rows := list(batch.held(work.rows.filter(pk__gt=last)).order_by("pk")[:_ROWS_AT_ONCE]):
        yield from rows
        last = rows[-1].pk
        batch.keep(next_step_at=work.now_fn() + batch.LEASE)


def _look(batch: ModelBatch) -> provider.ProviderBatch:
    """Ask how the batch stands and note it; first stop it, if that is wanted."""
    found = provider.retrieve(batch.batch_id)
    batch.refresh_from_db(fields=["cancel_asked_at", "rest"])
    stopping = (*ModelBatch.ENDED, Status.CANCELLING)
    if batch.cancel_asked_at and found.status not in stopping:
        with suppress(RequestRefused):  # it has ended in the meantime
            found = provider.cancel(batch.batch_id)
    columns: dict[str, Any] = {
        "output_file_id": found.output_file_id or "",
        "error_file_id": found.error_file_id or "",
        "error": "",
    }
    if found.request_counts:
        columns["answered"] = found.request_counts.completed
        columns["failed"] = found.request_counts.failed
    if found.status not in ModelBatch.ENDED:
        columns["status"] = _known(found.status)
    batch.keep(**columns)
    return found


def _known(status: str) -> str:
    """The provider's word if it is one of ours; a new one means that it goes on."""
    return status if status in Status.values else Status.IN_PROGRESS


def _wait(batch: ModelBatch, work: BatchWork) -> timedelta:
    """How long until the next look: a twentieth of the batch's age, one to ten minutes."""
    age = work.now_fn() - batch.created_at
    return min(_LONGEST_WAIT, max(_SHORTEST_WAIT, age / 20))


def _is_overdue(batch: ModelBatch, work: BatchWork) -> bool:
    return work.now_fn() >= batch.created_at + _GIVE_UP


def _too_late() -> str:
    return f"the batch had not ended {_GIVE_UP.total_seconds() / 3600:.0f} hours after it was made"


def _try_later(
    batch: ModelBatch, work: BatchWork, trouble: str, retry_after: float | None = None
) -> None:
    """Note the trouble and wait; a batch nobody can reach in a day and two hours is given up."""
    if _is_overdue(batch, work):
        why = f"{_too_late()}: {trouble}"
        _close(batch, work, Status.FAILED, why, paid=bool(batch.batch_id))
        return
    wait = max(timedelta(seconds=retry_after or 0), _wait(batch, work))
    if batch.file_id and not batch.batch_id:
        wait = max(wait, _WAIT_IN_DOUBT)
    with suppress(BatchTakenOver):
        batch.keep(next_step_at=work.now_fn() + wait, claimed_by="", error=trouble)


def _close(
    batch: ModelBatch, work: BatchWork, status: str, why: str, *, paid: bool = False
) -> None:
    """End the batch here, then have the provider forget its files."""
    with suppress(BatchTakenOver):
        close(batch, work, status, why, paid=paid)
        for file_id in (batch.file_id, batch.output_file_id, batch.error_file_id):
            _forget(file_id)


def _forget(file_id: str) -> None:
    """Delete a file at the provider; one that stays is no harm, it expires there."""
    if not file_id:
        return
    try:
        provider.delete(file_id)
    except ModelError as error:
        log.warning("the file %s could not be deleted at the provider: %s", file_id, error)
