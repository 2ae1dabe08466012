"""Whatever happens to conversations, the counts kept on the way are those counted from scratch."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from context.measurements import SEGMENT, TOTALLED
from context.models import Agent, ArmCount, DayTotal, Figure, Measurement
from context.rollouts.starting import start_rollout
from conversations.ingest import ingest
from conversations.measure import measured_days, recount
from conversations.models import Conversation
from conversations.recompute import recompute_outcomes
from conversations.removal import remove
from llm.states import WorkState
from reviews.judging.measure import keep_findings
from reviews.judging.planning import current_judge, new_run
from reviews.models import Review
from reviews.scorecards import active_scorecard
from tests.make import (
    make_agent,
    make_candidate,
    make_chat,
    make_content,
    make_live_release,
    make_workspace,
)

MONDAY = datetime(2026, 11, 16, 22, 30, tzinfo=UTC)
TAGS = [["ai_answered", "ai_close"], ["ai_answered", "ai_snooze"], ["ai_handover"], ["ai_ignore"]]
ZONES = ["UTC", "Europe/Berlin", "Pacific/Auckland"]
AUTHORS = ["customer", "ai", "human"]
Counts = dict[tuple[Any, ...], tuple[float, ...]]
names = count()


class Shop:
    """An agent with its conversations, and everything that may happen to one of them."""

    def __init__(self) -> None:
        self.agent = make_agent(make_workspace(f"shop-{next(names)}"), required_checks="")
        self.now = MONDAY + timedelta(days=2)
        make_live_release(self.agent, at=MONDAY)
        self.candidate = make_candidate(self.agent, make_content(prompt="New"), MONDAY)

    def send(self, key: int, **fields: Any) -> None:
        """Send a conversation, or what is new of one."""
        stored = Conversation.objects.filter(agent=self.agent, external_id=f"c-{key}").first()
        opened = stored.opened_at if stored else MONDAY + timedelta(hours=key)
        payload = make_chat(f"c-{key}", opened_at=opened.isoformat(), messages=[]) | fields
        [result] = ingest(self.agent, [payload], now=self.now)
        assert result.status != "error", result.errors

    def arrives(self, key: int, kind: int) -> None:
        tags, language = TAGS[kind % 4], ["en", "de", None][kind % 3]
        self.send(
            key, tags=tags, language=language, topic=["", "returns"][kind % 2], cost_usd="0.25"
        )

    def writes_late(self, key: int, kind: int) -> None:
        at = (self.now + timedelta(minutes=kind)).isoformat()
        text = {"external_id": f"late-{kind}", "text": "Well?", "sent_at": at}
        self.send(key, messages=[text | {"author": AUTHORS[kind % 3]}])

    def is_scored_late(self, key: int, kind: int) -> None:
        self.send(key, csat={"score": 1 + kind % 5})

    def is_tagged_as_spam(self, key: int, kind: int) -> None:
        self.send(key, tags=["spam"] if kind % 2 else ["ai_answered"])

    def is_moved(self, key: int, kind: int) -> None:
        self.send(key, opened_at=(MONDAY + timedelta(days=kind % 3)).isoformat())

    def is_labelled_anew(self, key: int, kind: int) -> None:
        language = ["en", "fr"][kind % 2]
        self.send(
            key, topic=f"topic {kind % 2}", language=language, channel=["chat", "email"][kind % 2]
        )

    def is_named(self, key: int, kind: int) -> None:
        self.send(key, customer_ref=f"customer-{kind % 3}", release=1 + kind % 2)

    def is_rolled_out(self, _key: int, _kind: int) -> None:
        if not self.agent.rollouts.exists():
            start_rollout(self.candidate, 50, 7, MONDAY + timedelta(hours=1), None)

    def is_paused(self, _key: int, kind: int) -> None:
        for rollout in self.agent.rollouts.open():
            if rollout.status == "running":
                rollout.pause(MONDAY + timedelta(hours=2 + kind), None)
            else:
                rollout.resume(MONDAY + timedelta(hours=14 + kind), None)

    def is_closed(self, key: int, kind: int) -> None:
        self.send(key, closed_at=self.now.isoformat() if kind % 2 else None)

    def is_judged(self, key: int, kind: int) -> None:
        row = Conversation.objects.filter(agent=self.agent, external_id=f"c-{key}").first()
        if row is None:
            return
        judge, card = current_judge(self.agent, self.now), active_scorecard(self.agent, self.now)
        run = new_run(self.agent, row.opened_on, self.now)
        Review.objects.update_or_create(
            conversation=row,
            scorecard=card,
            judge=judge,
            defaults={
                "run": run, "day": row.opened_on, "state": WorkState.DONE,
                "passed": kind % 2 == 0, "created_at": self.now,
            },
        )  # fmt: skip
        keep_findings(self.agent, {row.opened_on})

    def is_deleted(self, key: int, _kind: int) -> None:
        remove(self.agent, Conversation.objects.filter(external_id=f"c-{key}"))

    def days_pass(self, _key: int, kind: int) -> None:
        self.now += timedelta(days=kind)
        recompute_outcomes(self.agent, self.now)

    def is_elsewhere(self, _key: int, kind: int) -> None:
        self.agent.workspace.time_zone = ZONES[kind % 3]
        self.agent.workspace.save()
        recompute_outcomes(self.agent, self.now, everything=True)


EVENTS: list[Callable[[Shop, int, int], None]] = [
    Shop.arrives,
    Shop.writes_late,
    Shop.is_scored_late,
    Shop.is_tagged_as_spam,
    Shop.is_moved,
    Shop.is_labelled_anew,
    Shop.is_named,
    Shop.is_rolled_out,
    Shop.is_paused,
    Shop.is_closed,
    Shop.is_judged,
    Shop.is_deleted,
    Shop.days_pass,
    Shop.is_elsewhere,
]
ONE_CUSTOMER_TWICE = [
    (happens, key, 0) for key in (2, 4) for happens in (Shop.arrives, Shop.is_named)
]
events = st.tuples(st.sampled_from(EVENTS), st.integers(0, 4), st.integers(0, 11))


def counts_of(
    agent: Agent, model: type[Measurement] | type[DayTotal], key: tuple[str, ...]
) -> Counts:
    """What a table holds, by what names a row."""
    rows = model._default_manager.filter(agent=agent)
    return {
        tuple(row[: len(key)]): tuple(row[len(key) :])
        for row in rows.values_list(*key, "n", "total", "total_squares")
    }


def sides_of(agent: Agent) -> Counts:
    """What is counted of the sides of rollouts."""
    rows = ArmCount.objects.filter(rollout__agent=agent)
    found = rows.values_list("date", "arm", "figure", "n", "total", "total_squares")
    return {row[:3]: row[3:] for row in found}


def all_counts(agent: Agent) -> tuple[Counts, Counts, Counts]:
    """The measurements, their totals, and the sides of rollouts."""
    measured = counts_of(agent, Measurement, SEGMENT)
    return measured, counts_of(agent, DayTotal, TOTALLED), sides_of(agent)


@pytest.mark.django_db
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(events, min_size=1, max_size=14))
@example([(Shop.is_rolled_out, 0, 0), *ONE_CUSTOMER_TWICE, (Shop.is_deleted, 0, 0)])
@example([(Shop.is_rolled_out, 0, 0), *ONE_CUSTOMER_TWICE, (Shop.is_named, 2, 1)])
@example([(Shop.is_rolled_out, 0, 0), *ONE_CUSTOMER_TWICE, (Shop.is_elsewhere, 0, 2)])
@example([(Shop.arrives, 0, 0), (Shop.is_judged, 0, 0), (Shop.is_labelled_anew, 0, 1)])
@example([(Shop.arrives, 0, 1), (Shop.days_pass, 0, 4), (Shop.is_moved, 0, 2)])
def test_counts_kept_on_the_way_are_those_counted_from_scratch(
    story: list[tuple[Callable[[Shop, int, int], None], int, int]],
) -> None:
    shop = Shop()
    for happens, key, kind in story:
        happens(shop, key, kind)
    kept = all_counts(shop.agent)
    Measurement.objects.filter(agent=shop.agent).delete()
    DayTotal.objects.filter(agent=shop.agent).delete()
    ArmCount.objects.filter(rollout__agent=shop.agent).delete()
    recount(shop.agent, set(measured_days(shop.agent)))
    assert kept == all_counts(shop.agent)
    counted = Measurement.objects.filter(agent=shop.agent, figure=Figure.CONVERSATIONS)
    there = Conversation.objects.filter(agent=shop.agent, spam=False)
    assert sum(row.n for row in counted) == there.count()
