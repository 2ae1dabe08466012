"""The day's queue: how many of which stratum, exactly which, and why each is there.

The numbers are decided by `stats.sampling`; here they meet the day's conversations. A draw is made
once, from a seed that is stored with it, and can be repeated bit for bit.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from accounts.members import active_members
from context.models import Agent, Event, JudgeHidden
from context.webhooks.announcements import announce
from reviews.models import Queue, QueueItem, Stratum, StratumPart
from reviews.quality.segments import part_of, write_parts
from reviews.queue.history import failure_history, week_sizes
from reviews.queue.population import GRADES, Unit, population
from reviews.queue.reasons import reason
from stats.sampling import daily_allocation, draw, failure_rates, round_allocation

FLAGGED_SHARE = (
    6  # flags take a sixth of the capacity, or what the sample leaves: they cost precision
)
LEAST_REVIEWERS_FOR_DOUBLES = 2


@dataclass(frozen=True)
class Allocation:
    """How many conversations each stratum gives, and how many of them are read twice."""

    drawn: Mapping[str, int]
    doubles: int


def day_seed(secret: str, day: date) -> str:
    """The seed of one day's draw: HMAC-SHA256 of the date under the agent's secret, in hex."""
    return hmac.digest(secret.encode(), day.isoformat().encode(), hashlib.sha256).hex()


def build_queue(agent: Agent, queue_date: date, now: datetime) -> Queue:
    """Draw the queue of a date from the conversations that ended the day before.

    Once per agent and date: asked again, the queue that stands is returned, whatever changed.
    """
    standing = agent.queues.filter(date=queue_date).first()
    if standing is not None:
        return standing
    units = population(agent, queue_date, now)
    seed = day_seed(agent.sampling_secret, queue_date)
    allocation = allocate(agent, queue_date, {name: len(rows) for name, rows in units.items()})
    try:
        return _write(agent, queue_date, now, seed, units, allocation)
    except IntegrityError:  # another process drew it in the same moment
        return agent.queues.get(date=queue_date)


def allocate(agent: Agent, queue_date: date, sizes: Mapping[str, int]) -> Allocation:
    """Decide how many to draw from each stratum, of which `sizes` gives the conversations.

    Double reviews are part of the capacity, so fewer conversations are drawn when there are any;
    a workspace with one reviewer has none.
    """
    share = agent.double_review_share if has_second_reviewer(agent) else 0.0
    draws = max(1, round(agent.queue_capacity / (1 + share)))
    sampled = sum(sizes.get(Stratum.name_of_grade(grade), 0) for grade in GRADES)
    flagged = _flagged_allocation(sizes, max(1, draws // FLAGGED_SHARE, draws - sampled))
    sample = _sample_allocation(agent, queue_date, sizes, draws - sum(flagged.values()))
    drawn = flagged | sample
    doubles = min(round(share * sum(drawn.values())), sum(sample.values()))
    return Allocation(drawn, min(doubles, agent.queue_capacity - draws))


def _flagged_allocation(sizes: Mapping[str, int], cap: int) -> dict[str, int]:
    """Flagged and late conversations in full up to the cap, beyond it in proportion."""
    names = [name for name in (Stratum.FLAGGED, Stratum.LATE) if sizes.get(name)]
    counts = [sizes[name] for name in names]
    return dict(zip(names, round_allocation(counts, counts, min(cap, sum(counts))), strict=True))


def _sample_allocation(
    agent: Agent, queue_date: date, sizes: Mapping[str, int], budget: int
) -> dict[str, int]:
    """The random sample over the judge's grades, from a week's volume and past verdicts."""
    today = [sizes.get(Stratum.name_of_grade(grade), 0) for grade in GRADES]
    past = week_sizes(agent, queue_date)
    week = [day + before for day, before in zip(today, past, strict=True)]
    if not any(past):
        week = [7 * day for day in today]
    failed, reviewed = failure_history(agent, queue_date)
    counts = daily_allocation(today, week, failure_rates(failed, reviewed), budget)
    return {
        Stratum.name_of_grade(grade): count
        for grade, count in zip(GRADES, counts, strict=True)
        if count
    }


def has_second_reviewer(agent: Agent) -> bool:
    """Whether two people could review blind of each other."""
    return active_members(agent.workspace).count() >= LEAST_REVIEWERS_FOR_DOUBLES


def in_order(units: Sequence[Unit], seed: str) -> list[Unit]:
    """The units of a stratum in the order in which they are drawn."""
    by_key = {unit.key: unit for unit in units}
    return [by_key[key] for key in draw(by_key, len(by_key), bytes.fromhex(seed))]


@transaction.atomic
def _write(
    agent: Agent,
    queue_date: date,
    now: datetime,
    seed: str,
    units: Mapping[str, list[Unit]],
    allocation: Allocation,
) -> Queue:
    """Store the queue, its strata with N and n, and the items."""
    queue = Queue.objects.create(
        agent=agent,
        date=queue_date,
        capacity=agent.queue_capacity,
        seed=seed,
        population=sum(len(rows) for name, rows in units.items() if name != Stratum.LATE),
        created_at=now,
    )
    Stratum.objects.bulk_create(
        Stratum(queue=queue, name=name, size=len(rows), drawn=allocation.drawn.get(name, 0))
        for name, rows in sorted(units.items())
    )
    strata = {stratum.name: stratum for stratum in queue.strata.all()}
    everyone = ((name, unit.segment) for name, rows in units.items() for unit in rows)
    parts = write_parts(queue, strata, everyone)
    chosen = {name: in_order(rows, seed)[: strata[name].drawn] for name, rows in units.items()}
    doubled = _doubled(chosen, seed, allocation.doubles)
    QueueItem.objects.bulk_create(
        new_item(
            strata[unit.stratum],
            unit,
            position,
            slot=slot,
            blind=is_blind(agent, strata[unit.stratum], doubled=unit.key in doubled),
            part=parts.get((unit.stratum, unit.segment)),
        )
        for position, unit in enumerate(_interleaved(chosen))
        for slot in ((1, 2) if unit.key in doubled else (1,))
    )
    counts = {"date": queue_date, "items": queue.items.count(), "population": queue.population}
    announce(agent, Event.QUEUE_READY, counts, now)
    return queue


def _doubled(chosen: Mapping[str, Sequence[Unit]], seed: str, count: int) -> set[str]:
    """Which of the random sample are read by two people: a draw with a seed of its own."""
    sample = [
        unit.key
        for name, units in chosen.items()
        for unit in units
        if name not in (Stratum.FLAGGED, Stratum.LATE)
    ]
    second = hmac.digest(bytes.fromhex(seed), b"double", hashlib.sha256)
    return set(draw(sample, count, second))


def _interleaved(chosen: Mapping[str, Sequence[Unit]]) -> list[Unit]:
    """What was flagged first; then the sample spread evenly, so that a day cut short has still
    read its share of every stratum.
    """
    first = [*chosen.get(Stratum.FLAGGED, ()), *chosen.get(Stratum.LATE, ())]
    names = [name for name in sorted(chosen) if name not in (Stratum.FLAGGED, Stratum.LATE)]
    spread = [
        ((place + 0.5) / len(chosen[name]), name, unit)
        for name in names
        for place, unit in enumerate(chosen[name])
    ]
    return first + [unit for _, _, unit in sorted(spread, key=lambda one: one[:2])]


def is_blind(agent: Agent, stratum: Stratum, *, doubled: bool) -> bool:
    """Whether a reviewer decides before the judge's opinion is shown: always in doubles, else as
    the agent is set.
    """
    if doubled or agent.judge_hidden == JudgeHidden.ALWAYS:
        return True
    return agent.judge_hidden == JudgeHidden.SAMPLE and stratum.grade is not None


def new_item(
    stratum: Stratum,
    unit: Unit,
    position: int,
    *,
    slot: int = 1,
    blind: bool,
    part: StratumPart | None = None,
) -> QueueItem:
    """An item with its reason and its probability, unsaved."""
    return QueueItem(
        queue_id=stratum.queue_id,
        stratum=stratum,
        part=part,
        conversation_id=unit.conversation,
        review_id=unit.review,
        slot=slot,
        is_blind=blind,
        position=position,
        reason=reason(stratum, unit)[:300],
        inclusion_probability=stratum.drawn / stratum.size,
    )


def redraw(item: QueueItem) -> QueueItem | None:
    """Put the next conversation of a skipped item's stratum in its place; None if all were drawn.

    The stratum is rebuilt as it stood when the queue was drawn, so the replacement is the one that
    would have been drawn with one more place. The second reading of a double is not replaced. It is
    for whoever the skipped one was assigned to.
    """
    queue, stratum = item.queue, item.stratum
    if item.slot != 1:
        return None
    units = population(queue.agent, queue.date, queue.created_at).get(stratum.name, [])
    taken = set(queue.items.values_list("conversation", flat=True))
    for unit in in_order(units, queue.seed):
        if unit.conversation not in taken:
            part = part_of(stratum, unit.segment)
            replacement = new_item(stratum, unit, item.position, blind=item.is_blind, part=part)
            replacement.assigned_to_id = item.assigned_to_id
            replacement.save(force_insert=True)
            return replacement
    return None
