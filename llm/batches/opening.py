"""Making batches: rows are claimed, priced, and bound to a row of their own before any request."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from llm import claims
from llm.batches.lines import request_line
from llm.batches.work import BatchWork
from llm.budget import Budget, installation_budget, reserve_what_fits
from llm.calls import UnknownPrice
from llm.claims import Row
from llm.models import BatchReservation, ModelBatch
from llm.prices import estimate
from llm.states import Route, WorkState

log = logging.getLogger(__name__)

# OpenAI takes 50,000 lines and 200 MB a file. Ours are half as big at most: the file is built again
# when it is sent, and a conversation may have grown by then.
MOST_LINES = 25_000
MOST_BYTES = 100_000_000
_ROWS_AT_ONCE = 200
_TIME_TO_PRICE = timedelta(minutes=10)
# The provider's window of a day, and time to fetch the results. The rows of a batch that is open
# are nobody else's even after that.
_LEASE = timedelta(hours=26)


@dataclass
class _Draft:
    """Rows claimed for one batch, with what each may cost or why it cannot be asked."""

    key: str
    priced: list[tuple[Row, Decimal]] = field(default_factory=list)
    refused: list[tuple[Row, WorkState, str]] = field(default_factory=list)
    model: str = ""
    size: int = 0

    def has_room(self) -> bool:
        """Whether another chunk of rows fits."""
        return len(self.priced) + _ROWS_AT_ONCE <= MOST_LINES and self.size < MOST_BYTES


def open_batches(work: BatchWork) -> list[ModelBatch]:
    """Make batches of all rows that are free; nothing is sent yet.

    `work.rows` all ask one model. Rows beyond a cap, or of a model without a price, end as skipped
    with the reason, as they do live.
    """
    made: list[ModelBatch] = []
    while True:
        draft = _Draft(claims.new_worker())
        try:
            _claim_and_price(work, draft)
            if not draft.priced and not draft.refused:
                return made
            batch = _commit(work, draft)
        except BaseException:
            claims.release(draft.key, work.rows)
            raise
        if batch is not None:
            made.append(batch)


def free_rows(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of `rows` that go by batch and that no open batch has, whatever their lease says."""
    still_out = ModelBatch.objects.filter(ended_at=None)
    return rows.filter(route=Route.BATCH).exclude(batch__in=still_out)


def _claim_and_price(work: BatchWork, draft: _Draft) -> None:
    """Claim rows until the file is full or none is free."""
    while draft.has_room():
        rows = claims.claim(
            free_rows(work.rows),
            now=work.now_fn(),
            lease=_TIME_TO_PRICE,
            limit=_ROWS_AT_ONCE,
            worker=draft.key,
        )
        if not rows:
            return
        for row in rows:
            _price(work, draft, row)


def _price(work: BatchWork, draft: _Draft, row: Row) -> None:
    """Find out what a row may cost and how long its line is; its faults are its own."""
    try:
        call = work.prepare(row)
        usd = estimate(call, Route.BATCH)
        draft.size += len(request_line(work.purpose, row, call))
    except (OperationalError, InterfaceError):
        raise
    except UnknownPrice as unknown:
        draft.refused.append((row, WorkState.SKIPPED, str(unknown)))
    except Exception as error:
        log.exception("preparing %r failed", row)
        draft.refused.append((row, WorkState.FAILED, f"{type(error).__name__}: {error}"))
    else:
        draft.model = call.model
        draft.priced.append((row, usd))


@transaction.atomic
def _commit(work: BatchWork, draft: _Draft) -> ModelBatch | None:
    """Reserve the money, make the batch and bind its rows, all or nothing."""
    now = work.now_fn()
    caps = (*work.budget, installation_budget(now))
    amounts = [usd for _, usd in draft.priced]
    forbidden = reserve_what_fits(caps, amounts)
    for (row, _), why in zip(draft.priced, forbidden, strict=True):
        if why is not None:
            draft.refused.append((row, WorkState.SKIPPED, str(why)))
    for row, state, error in draft.refused:
        claims.end_with_error(draft.key, row, state, error)
    reserved = [usd for usd, why in zip(amounts, forbidden, strict=True) if why is None]
    if not reserved:
        return None
    batch = ModelBatch.objects.create(
        key=draft.key,
        purpose=work.purpose,
        scope=work.scope,
        model=draft.model,
        total=len(reserved),
        reserved_usd=sum(reserved, Decimal(0)),
        created_at=now,
        next_step_at=now,
    )
    _note_budgets(batch, caps)
    batch.held(work.rows.model._base_manager.all()).update(batch=batch, lease_until=now + _LEASE)
    return batch


def _note_budgets(batch: ModelBatch, caps: Sequence[Budget]) -> None:
    BatchReservation.objects.bulk_create(
        BatchReservation(batch=batch, scope=cap.scope, day=cap.day) for cap in caps
    )
