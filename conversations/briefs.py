"""Handover briefs: one for every conversation that is handed over, within a minute.

The row is made with the handover and is the work; the minute tick wakes a worker for it. Facts
count only where the customer's own message holds them.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import QuerySet

from context.models import Agent
from conversations import brief_call
from conversations.brief_call import required_facts, topic_documents
from conversations.measure import measure_days
from conversations.models import Author, Conversation, HandoverBrief
from llm.budget import Budget
from llm.calls import Reply
from llm.work import Outcome, Tally, run, write

RECENT = timedelta(days=7)
WRITTEN = [
    "customer",
    "wants",
    "facts",
    "missing_facts",
    "tried",
    "promised",
    "reason_code",
    "tier",
    "tier_reason",
    "mood",
    "risks",
    "next_step",
    "draft_reply",
    "model",
    "cost_usd",
    "finished_at",
]


def plan_briefs(agent: Agent, now: datetime) -> int:
    """Make the work rows that are missing for handovers of the last week; how many are new.

    Older handovers get none: whoever took those over has long finished.
    """
    waiting = Conversation.objects.filter(
        agent=agent,
        last_message_at__gte=now - RECENT,
        ai_handed_over_at__isnull=False,
        brief__isnull=True,
    )
    return make_briefs(waiting, now)


def make_briefs(conversations: Iterable[Conversation], now: datetime) -> int:
    """Make work rows for conversations that were handed over; one that is there stays."""
    found = [
        HandoverBrief(conversation=row, release_id=row.release_id, created_at=now)
        for row in conversations
        if row.ai_handed_over_at and row.last_message_at >= now - RECENT and not row.spam
    ]
    HandoverBrief.objects.bulk_create(found, ignore_conflicts=True)
    return len(found)


def work_briefs(
    agent: Agent | None,
    now_fn: Callable[[], datetime],
    on_progress: Callable[[Tally], None] | None = None,
    max_rows: int | None = None,
) -> int:
    """Write the briefs that wait, of one agent or of all, each within its daily budget; how many
    were written.
    """
    done = 0
    for owner in [agent] if agent else agents_with(HandoverBrief.objects.all()):
        rows = HandoverBrief.objects.filter(conversation__agent=owner).select_related(
            "conversation__release"
        )
        done += run(
            rows.prefetch_related("conversation__messages", "conversation__release__documents"),
            lambda row: brief_call.brief_call(row.conversation),
            partial(write_briefs, owner, now_fn),
            now_fn=now_fn,
            budget=[daily_budget(owner, now_fn())],
            on_progress=on_progress,
            max_rows=max_rows,
        ).done
    return done


def agents_with(rows: QuerySet[Any]) -> list[Agent]:
    """The agents for which a worker could find something to do among these work rows."""
    owners = rows.filter(state__in=("pending", "working")).values("conversation__agent")
    return list(Agent.objects.filter(pk__in=owners).select_related("workspace"))


def daily_budget(agent: Agent, now: datetime) -> Budget:
    """What the agent may spend on its local day."""
    return Budget(agent.budget_scope, agent.local_date(now), agent.daily_budget_usd)


def write_briefs(
    agent: Agent,
    now_fn: Callable[[], datetime],
    batch: list[tuple[HandoverBrief, Outcome]],
) -> None:
    """Store answered briefs, with whether the facts were gathered and the counts that follow."""
    answered = [(row, reply) for row, reply in batch if isinstance(reply, Reply)]
    at = now_fn()
    gathered: dict[bool, list[int]] = {True: [], False: []}
    days: set[date] = set()
    for row, reply in answered:
        assert isinstance(reply.parsed, brief_call.HandoverBrief)
        fill(row, reply.parsed)
        row.model, row.cost_usd, row.finished_at = reply.model, reply.cost_usd, at
        if required_facts(topic_documents(row.conversation)):
            gathered[not row.missing_facts].append(row.conversation_id)
            days.add(row.conversation.opened_on)
    write([row for row, _ in answered], WRITTEN)
    if days:
        # The same lock as ingest holds while it counts a day.
        Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
        for value, keys in gathered.items():
            Conversation.objects.filter(pk__in=keys).update(facts_gathered=value)
        measure_days(agent, days)


def fill(row: HandoverBrief, answer: brief_call.HandoverBrief) -> None:
    """Take the answer over, but only facts that the customer's message holds, and what is missing
    by our own count.
    """
    texts = {
        message.external_id: fold(message.text)
        for message in row.conversation.messages.all()
        if message.author == Author.CUSTOMER
    }
    facts = [
        {"name": fact.name, "value": fact.value, "message": fact.message_id}
        for fact in answer.facts
        if fold(fact.value) and fold(fact.value) in texts.get(fact.message_id, "")
    ]
    known = {fold(fact["name"]) for fact in facts}
    row.facts = facts
    row.missing_facts = [
        name
        for name in required_facts(topic_documents(row.conversation))
        if fold(name) not in known
    ]
    row.customer, row.reason_code = answer.customer[:200], answer.reason_code[:50]
    row.wants, row.tried, row.promised = answer.wants, answer.tried, answer.promised
    row.tier, row.tier_reason = HandoverBrief.Tier(answer.tier), answer.tier_reason
    row.mood, row.risks = answer.mood, answer.risks
    row.next_step, row.draft_reply = answer.next_step, answer.draft_reply


def fold(text: str) -> str:
    """Text without differences of case and white space."""
    return " ".join(text.casefold().split())
