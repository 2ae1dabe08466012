"""Writing the outcomes of asked rows: the domain's results and the row's state, both or neither."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import InterfaceError, OperationalError, transaction

from llm import claims
from llm.budget import Budget, settle_all
from llm.calls import (
    BudgetExhausted,
    ModelUnavailable,
    Reply,
    RequestRefused,
    UnknownPrice,
    UnparsableAnswer,
)
from llm.claims import Row
from llm.states import WorkState

log = logging.getLogger(__name__)

Outcome = Reply | Exception
Finish = Callable[[list[tuple[Row, Outcome]]], None]

NOT_ASKED = (BudgetExhausted, UnknownPrice)
_EXPECTED = (RequestRefused, UnparsableAnswer)
_FIRST_WAIT = 30.0
_LONGEST_WAIT = 1800.0


@dataclass
class Tally:
    """What a run did: rows by how they ended, requests sent, tokens and dollars of the answers."""

    done: int = 0
    failed: int = 0
    skipped: int = 0
    put_back: int = 0
    attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)

    def __add__(self, other: "Tally") -> "Tally":
        """The sum of two runs."""
        sums = {name: value + getattr(other, name) for name, value in vars(self).items()}
        return Tally(**sums)

    @property
    def rows(self) -> int:
        """Rows that were taken and given back or ended."""
        return self.done + self.failed + self.skipped + self.put_back

    def add_cost(self, outcome: Outcome) -> None:
        """Count what one answer took, also one that could not be used."""
        if isinstance(outcome, Reply | UnparsableAnswer):
            self.attempts += outcome.attempts
            self.input_tokens += outcome.input_tokens
            self.output_tokens += outcome.output_tokens
            self.cost_usd += outcome.cost_usd


@dataclass
class Writer:
    """Writes batches of outcomes for the rows one worker holds."""

    worker: str
    finish: Finish
    now_fn: Callable[[], datetime]
    budget: Sequence[Budget]
    tally: Tally

    def write(self, batch: Sequence[tuple[Row, Outcome]], reserved: Decimal) -> None:
        """Write a batch; rows whose lease was lost are left to whoever holds them now."""
        before = self.tally.cost_usd
        for _, outcome in batch:
            self.tally.add_cost(outcome)
        settle_all(self.budget, reserved, self.tally.cost_usd - before)
        for row, outcome in batch:
            if isinstance(outcome, ModelUnavailable):
                self._put_back(row, outcome)
            elif isinstance(outcome, NOT_ASKED):
                claims.end_with_error(self.worker, row, WorkState.SKIPPED, str(outcome))
                self.tally.skipped += 1
        left = (ModelUnavailable, *NOT_ASKED)
        self._finish([(row, outcome) for row, outcome in batch if not isinstance(outcome, left)])

    def _finish(self, ended: list[tuple[Row, Outcome]]) -> None:
        """Finish rows in one transaction; if that fails, one by one: only the guilty fail."""
        try:
            self._finish_together(ended)
        except (OperationalError, InterfaceError):
            raise  # the database is in trouble, not a row: the leases bring the rows back
        except Exception as error:
            if len(ended) == 1:
                log.exception("writing the result of %r failed", ended[0][0])
                message = f"writing the result failed: {type(error).__name__}: {error}"
                claims.end_with_error(self.worker, ended[0][0], WorkState.FAILED, message)
                self.tally.failed += 1
                return
            for one in ended:
                self._finish([one])

    def _finish_together(self, ended: list[tuple[Row, Outcome]]) -> None:
        """Call the domain's `finish` and end the rows in one transaction."""
        with transaction.atomic():
            held = claims.held_by(self.worker, [row for row, _ in ended], lock=True)
            mine = [(row, outcome) for row, outcome in ended if row.pk in held]
            if not mine:
                return
            self.finish(mine)
            good = [row for row, outcome in mine if isinstance(outcome, Reply)]
            claims.end(self.worker, good, WorkState.DONE)
            for row, outcome in mine:
                if not isinstance(outcome, Reply):
                    claims.end_with_error(self.worker, row, WorkState.FAILED, _message(outcome))
        self.tally.done += len(good)
        self.tally.failed += len(mine) - len(good)

    def _put_back(self, row: Row, error: ModelUnavailable) -> None:
        """Return a row to pending, for as long as the server asked or twice the last wait."""
        wait = max(error.retry_after or 0.0, _FIRST_WAIT * 2 ** (row.attempts - 1))
        next_try = self.now_fn() + timedelta(seconds=min(wait, _LONGEST_WAIT))
        claims.put_back(self.worker, row, str(error), next_try)
        self.tally.put_back += 1


def _message(error: Exception) -> str:
    """Say what went wrong; only errors of other kinds than ours need their name."""
    if isinstance(error, _EXPECTED):
        return str(error)
    return f"{type(error).__name__}: {error}"
