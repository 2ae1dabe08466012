"""The event loop behind `llm.work`: rows in, calls in flight, answers out in small batches."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError

from llm import claims
from llm.budget import Budget, reserve_calls
from llm.calls import Call
from llm.claims import Row
from llm.client import Door, open_door
from llm.outcomes import NOT_ASKED, Finish, Outcome, Tally, Writer
from llm.prices import estimate

log = logging.getLogger(__name__)

Prepare = Callable[[Row], Call]
Question = tuple[Row, Call | Exception]

# What a killed worker has received and not written is asked again, so answers are written nearly at
# once; what comes back while a write is under way goes with the next one.
_FLUSH_SECONDS = 0.02
# Calls taken up for each that may be under way: one that waits for another try, or for its turn,
# keeps no other from being sent.
_CALLS_PER_PLACE = 2


@dataclass(frozen=True)
class Job:
    """What a pipeline works and how; see `llm.work.run` for what the parts promise."""

    next_rows: Callable[[int], list[Row]]
    prepare: Prepare
    finish: Finish
    worker: str
    concurrency: int
    now_fn: Callable[[], datetime]
    lease: timedelta
    budget: Sequence[Budget] = ()
    on_progress: Callable[[Tally], None] | None = None


class Pipeline:
    """Works one job, once. All database work runs in the calling thread, one piece at a time."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._tally = Tally()
        self._writer = Writer(job.worker, job.finish, job.now_fn, job.budget, self._tally)
        self._askers = _CALLS_PER_PLACE * job.concurrency
        self._questions: asyncio.Queue[Question | None] = asyncio.Queue(1)
        self._outcomes: list[tuple[Row, Outcome]] = []
        self._write_now = asyncio.Event()
        self._written = asyncio.Event()
        self._asking = 0
        self._is_idle = False
        self._all_asked = False
        self._open_rows: dict[Any, Row] = {}
        self._reserved: dict[Any, Decimal] = {}
        self._renewed_at = time.monotonic()

    async def work(self) -> Tally:
        """Work rows until `next_rows` has no more; trouble that is no row's own ends it."""
        try:
            async with open_door(self._job.concurrency) as door, asyncio.TaskGroup() as group:
                group.create_task(self._feed())
                group.create_task(self._ask_all(door))
                group.create_task(self._write_all())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None  # callers know the error, not our task group
        return self._tally

    async def _feed(self) -> None:
        """Claim and prepare rows ahead of the calls, one chunk at most."""
        while not self._is_idle:
            self._written.clear()
            questions = await sync_to_async(self._load)()
            for question in questions:
                await self._questions.put(question)
            if not questions and not self._is_idle:
                await self._written.wait()  # what is written next may leave rows to claim again
        for _ in range(self._askers):
            await self._questions.put(None)

    def _load(self) -> list[Question]:
        """Claim a chunk of rows, build their calls and reserve the money for them."""
        # More when calls have run out: then a chunk took longer than it lasts.
        wanted = max(self._job.concurrency, self._askers - self._asking)
        rows = self._job.next_rows(wanted)
        self._is_idle = not rows and not self._open_rows
        self._open_rows |= {row.pk: row for row in rows}
        if rows and self._job.on_progress:
            self._job.on_progress(self._tally)
        questions = [(row, self._prepare(row)) for row in rows]
        return self._reserve(questions) if self._job.budget else questions

    def _prepare(self, row: Row) -> Call | Exception:
        """Build the call of one row; what goes wrong there is that row's error alone."""
        try:
            return self._job.prepare(row)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            log.exception("preparing %r failed", row)
            return error

    def _reserve(self, questions: list[Question]) -> list[Question]:
        """Reserve the whole chunk at once; where it does not fit, call by call until it is full."""
        calls = [call for _, call in questions if isinstance(call, Call)]
        try:
            reserve_calls(self._job.budget, calls)
        except NOT_ASKED:
            return [(row, self._reserve_one(row, call)) for row, call in questions]
        self._reserved |= {
            row.pk: estimate(call) for row, call in questions if isinstance(call, Call)
        }
        return questions

    def _reserve_one(self, row: Row, call: Call | Exception) -> Call | Exception:
        """Reserve one call; returns what forbids it instead of the call."""
        if isinstance(call, Exception):
            return call
        try:
            self._reserved[row.pk] = reserve_calls(self._job.budget, [call])
        except NOT_ASKED as forbidden:
            return forbidden
        return call

    async def _ask_all(self, door: Door) -> None:
        """Keep up to `concurrency` requests under way until every row has its outcome."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._askers):
                group.create_task(self._ask_on(door))
        self._all_asked = True
        self._write_now.set()

    async def _ask_on(self, door: Door) -> None:
        """Ask one call after the other; every failure is the outcome of its own row."""
        while (question := await self._questions.get()) is not None:
            row, call = question
            self._asking += 1
            try:
                outcome: Outcome = call if isinstance(call, Exception) else await door.ask(call)
            except Exception as error:
                outcome = error
            self._asking -= 1
            self._outcomes.append((row, outcome))
            self._write_now.set()

    async def _write_all(self) -> None:
        """Write outcomes as they come, those of a moment together; keep leases in between."""
        while not self._all_asked or self._outcomes:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._job.lease.total_seconds() / 6):
                    await self._write_now.wait()
            if not self._all_asked:
                await asyncio.sleep(_FLUSH_SECONDS)
            self._write_now.clear()
            batch, self._outcomes = self._outcomes, []
            if batch or self._is_renewal_due():
                await sync_to_async(self._write)(batch)
                self._written.set()

    def _write(self, batch: list[tuple[Row, Outcome]]) -> None:
        """Write a batch, and keep the leases of the rows that still wait for their answers."""
        if batch:
            keys = [row.pk for row, _ in batch]
            self._writer.write(
                batch, sum((self._reserved.pop(key, Decimal(0)) for key in keys), Decimal(0))
            )
            for key in keys:
                self._open_rows.pop(key, None)
            if self._job.on_progress:
                self._job.on_progress(self._tally)
        if self._is_renewal_due():
            self._renewed_at = time.monotonic()
            until = self._job.now_fn() + self._job.lease
            claims.renew(self._job.worker, list(self._open_rows.values()), until)

    def _is_renewal_due(self) -> bool:
        """Whether a third of the lease has passed since leases were last extended."""
        return time.monotonic() - self._renewed_at > self._job.lease.total_seconds() / 3
