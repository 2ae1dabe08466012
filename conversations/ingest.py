"""Taking conversations in: each payload is stored, merged, found unchanged, or refused by name.

One agent has one writer at a time (a lock on its row), so the same payload sent twice at once is
one conversation, and the day's counts are never computed from half of what is there.
"""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from itertools import islice
from typing import Any, Literal

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import rows
from accounts.faults import FieldErrors
from context.models import Agent
from conversations.binding import ReleaseBinding
from conversations.briefs import make_briefs
from conversations.cleaning import cleaned
from conversations.incoming import Incoming, Refused, read
from conversations.measure import measure_days
from conversations.merge import Merged, MessageRow, lay_over
from conversations.models import Conversation, Message

CHUNK = 1000
# Never changed, or (the last three) written by the handover brief and the review alone.
NOT_OURS = frozenset(
    {
        *("id", "agent", "source", "created_at", "conversation"),
        *("facts_gathered", "question", "judge_passed"),
    }
)
Key = tuple[str, str]


@dataclass
class IngestResult:
    """What became of one payload."""

    index: int
    external_id: str
    status: Literal["created", "updated", "unchanged", "error"]
    errors: FieldErrors = field(default_factory=list)
    id: int | None = None


def ingest(
    agent: Agent, payloads: Iterable[Any], *, now: datetime, at_once: int = CHUNK
) -> list[IngestResult]:
    """Store payloads of the conversation schema; one result for each, in their order.

    A bad payload changes nothing and keeps nobody else out. A transaction holds `at_once`, with
    the counts of the days they touch: more are counted sooner, and other senders wait longer.
    """
    binding = ReleaseBinding(agent)
    results: list[IngestResult] = []
    numbered = enumerate(payloads)
    while part := list(islice(numbered, at_once)):
        with collector_paused():
            accepted, refused = read_all(agent, part, binding, now)
            results += refused
            for chunk in without_repeats(accepted):
                results += store(agent, chunk, binding, now)
    return sorted(results, key=lambda result: result.index)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Leave the search for cyclic garbage for later: tens of thousands of new objects without a
    cycle make it a fifth of all work.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read_all(
    agent: Agent, numbered: list[tuple[int, Any]], binding: ReleaseBinding, now: datetime
) -> tuple[list[Incoming], list[IngestResult]]:
    """The payloads that can be stored, and the results of those that cannot."""
    accepted, refused = [], []
    for index, payload in numbered:
        try:
            incoming = read(index, payload, agent.workspace, now)
            binding.check(incoming.data)
            accepted.append(incoming)
        except Refused as error:
            refused.append(IngestResult(index, name_of(payload), "error", error.errors))
    return accepted, refused


def name_of(payload: Any) -> str:
    """The external id of a payload that does not fit the schema, as far as it has one."""
    found = payload.get("external_id", "") if isinstance(payload, dict) else ""
    return cleaned(found)[:200] if isinstance(found, str) else ""


def without_repeats(accepted: list[Incoming]) -> Iterator[list[Incoming]]:
    """Split so that no part names a conversation twice: the second one merges into the first."""
    part: dict[Key, Incoming] = {}
    for incoming in accepted:
        if incoming.key in part:
            yield list(part.values())
            part = {}
        part[incoming.key] = incoming
    if part:
        yield list(part.values())


def store(
    agent: Agent, chunk: list[Incoming], binding: ReleaseBinding, now: datetime
) -> list[IngestResult]:
    """Store payloads of different conversations; what came in unchanged costs one query."""
    known = {
        (source, external_id): (digest, pk)
        for source, external_id, digest, pk in stored_as(agent, chunk).values_list(
            "source", "external_id", "digest", "pk"
        )
    }
    results, fresh = [], []
    for incoming in chunk:
        digest, pk = known.get(incoming.key, ("", None))
        if digest == incoming.digest:
            name = incoming.data.external_id
            results.append(IngestResult(incoming.index, name, "unchanged", id=pk))
        else:
            incoming.mask(agent.workspace)
            fresh.append(incoming)
    return results + (write(agent, fresh, binding, now) if fresh else [])


def write(
    agent: Agent, fresh: list[Incoming], binding: ReleaseBinding, now: datetime
) -> list[IngestResult]:
    """Merge and write in one transaction, with the counts of every day that is touched."""
    with transaction.atomic():
        # NO KEY: rows that refer to the agent may still be written meanwhile.
        Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
        stored = {(row.source, row.external_id): row for row in stored_as(agent, fresh)}
        messages = messages_of(stored.values())
        merged = []
        for incoming in fresh:
            row = stored.get(incoming.key)
            known = messages[row.pk] if row else []
            merged.append(lay_over(agent, incoming, row, known, binding, now))
        write_conversations(agent, merged)
        write_messages(merged)
        make_briefs([one.conversation for one in merged if one.is_handed_over_now], now)
        if days := days_of(merged):
            measure_days(agent, days)
    return [result_of(incoming, one) for incoming, one in zip(fresh, merged, strict=True)]


def stored_as(agent: Agent, chunk: Sequence[Incoming]) -> QuerySet[Conversation]:
    """The stored conversations that payloads are about."""
    by_source: dict[str, list[str]] = {}
    for incoming in chunk:
        by_source.setdefault(incoming.data.source, []).append(incoming.data.external_id)
    named = Q()
    for source, external_ids in by_source.items():
        named |= Q(source=source, external_id__in=external_ids)
    return Conversation.objects.filter(named, agent=agent)


def messages_of(conversations: Iterable[Conversation]) -> defaultdict[int, list[MessageRow]]:
    """The stored messages of each conversation, in order."""
    columns = [column.name for column in fields(MessageRow)]
    found: defaultdict[int, list[MessageRow]] = defaultdict(list)
    rows = Message.objects.filter(conversation__in=[row.pk for row in conversations])
    for values in rows.order_by("conversation_id", "position").values_list(*columns):
        message = MessageRow(*values)
        found[values[columns.index("conversation_id")]].append(message)
    return found


def write_conversations(agent: Agent, merged: list[Merged]) -> None:
    """Insert what is new, update what changed, and give every new row its key."""
    new = {
        (one.conversation.source, one.conversation.external_id): one.conversation
        for one in merged
        if one.is_new
    }
    rows.insert(Conversation, list(new.values()))
    fresh = Conversation.objects.filter(
        agent=agent, external_id__in={external_id for _, external_id in new}
    )
    for pk, source, external_id in fresh.values_list("pk", "source", "external_id"):
        if row := new.get((source, external_id)):
            row.pk = pk
    changed = [one.conversation for one in merged if not one.is_new and not one.is_unchanged]
    overwrite(Conversation, changed)


def write_messages(merged: list[Merged]) -> None:
    """Insert new messages and update changed ones."""
    new = []
    for one in merged:
        for message in one.new_messages:
            message.conversation_id = one.conversation.pk
            new.append(message)
    rows.insert(Message, new)
    changed = [Message(**asdict(row)) for one in merged for row in one.changed_messages]
    overwrite(Message, changed)


def overwrite(model: Any, changed: list[Any]) -> None:
    """Update rows by their key, many in a statement."""
    if changed:
        every = model._meta.concrete_fields
        columns = [column.name for column in every if column.name not in NOT_OURS]
        model.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["id"], update_fields=columns
        )


def days_of(merged: list[Merged]) -> set[date]:
    """The days whose counts change, also the day a conversation was moved from."""
    written = [one for one in merged if not one.is_unchanged]
    days = {one.conversation.opened_on for one in written}
    return days | {one.earlier_day for one in written if one.earlier_day}


def result_of(incoming: Incoming, one: Merged) -> IngestResult:
    """What the sender is told."""
    status: Literal["created", "updated", "unchanged"] = "updated"
    if one.is_new:
        status = "created"
    elif one.is_unchanged:
        status = "unchanged"
    return IngestResult(incoming.index, incoming.data.external_id, status, id=one.conversation.pk)
