"""A few releases with known effects through real rows: conversations, daily counts, impacts."""

from datetime import datetime, time, timedelta

import numpy as np
from django.core.management import call_command

from accounts.models import Workspace
from bench.impacts.worlds import EASY, HARD, HARD_SHARE, HARD_SHARE_AFTER, START, WEEKDAYS
from context.editing.drafts import create_draft
from context.impacts.measuring import measure_impacts
from context.models import Agent, Figure, Impact, Release
from context.releases.content import Content
from conversations.measure import recount
from conversations.models import Conversation, Outcome

A_DAY = 400
DAYS_BEFORE = 35


def measured(effect: float, mix_shift: bool, seed: int) -> Impact:
    """One release with this effect on real conversations, measured as the schedule would."""
    random = np.random.default_rng(seed)
    name = f"bench-{seed}"
    workspace = Workspace.objects.create(slug=name, name=name)
    agent = Agent.objects.create(workspace=workspace, slug=name, name=name, required_checks="")
    zone, first = workspace.zone, START - timedelta(days=DAYS_BEFORE)
    old, new = (
        published(agent, text, datetime.combine(day, time(0), zone))
        for text, day in (("old", first), ("new", START))
    )
    days = [first + timedelta(days=n) for n in range(1, DAYS_BEFORE + 8)]
    for day in days:
        after = day > START
        value = WEEKDAYS[day.weekday()] + random.normal(0, 0.01) + effect * after
        share = HARD_SHARE_AFTER if mix_shift and after else HARD_SHARE
        hard = random.random(A_DAY) < share
        resolved = random.random(A_DAY) < np.where(hard, HARD, EASY) + value
        at = datetime.combine(day, time(12), zone)
        Conversation.objects.bulk_create(
            conversation(agent, new if after else old, at, f"{day}-{n}", bool(h), bool(ok))
            for n, (h, ok) in enumerate(zip(hard, resolved, strict=True))
        )
    recount(agent, set(days))
    rows = measure_impacts(agent, datetime.combine(START + timedelta(days=30), time(9), zone))
    [row] = [r for r in rows if r.release == new and r.figure == Figure.AI_RESOLVED]
    return row


def published(agent: Agent, prompt: str, at: datetime) -> Release:
    """A release that went live at that time."""
    release, _ = create_draft(agent, Content(prompt=prompt), at=at)
    release.submit(at)
    release.publish(at)
    return release


def conversation(
    agent: Agent, release: Release, at: datetime, name: str, hard: bool, resolved: bool
) -> Conversation:
    """A conversation that the AI resolved, or that a person finished."""
    return Conversation(
        agent=agent,
        release=release,
        source="bench",
        external_id=name,
        channel="chat",
        topic="hard" if hard else "easy",
        opened_at=at,
        opened_on=agent.local_date(at),
        last_message_at=at,
        ai_answered_at=at,
        closed_at=at,
        human_replied_at=None if resolved else at,
        outcome=Outcome.AI_RESOLVED if resolved else Outcome.HUMAN_FINISHED,
    )


def prepare() -> None:
    """Make the tables."""
    call_command("migrate", verbosity=0, interactive=False)
