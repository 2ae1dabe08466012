"""The sides of a rollout are counted by day, each customer once."""

from datetime import timedelta
from typing import Any

import pytest

from context.models import Agent, Arm, Figure, Rollout
from context.rollouts.arms import arm_counts, daily_arm_counts, difference, split_of
from conversations.ingest import ingest
from stats.intervals import newcombe_diff, welch_diff
from tests.make import NOW, make_agent, make_chat, make_rollout

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=9)


def customers(rollout: Rollout, side: Arm, many: int) -> list[str]:
    """Customers of one side."""
    found = (c for n in range(1_000) if rollout.arm_of(c := f"customer-{n}") == side)
    return [next(found) for _ in range(many)]


def chat(customer: str, name: str, day: int = 1, **fields: Any) -> dict[str, Any]:
    """A conversation of a customer, opened some days after the rollout began."""
    opened_at = (NOW + timedelta(days=day)).isoformat()
    given = {"customer_ref": customer, "opened_at": opened_at, "messages": []} | fields
    return make_chat(name, **given)


def take(agent: Agent, *chats: dict[str, Any]) -> None:
    """Store conversations, all of them good."""
    assert [result.errors for result in ingest(agent, chats, now=LATER) if result.errors] == []


def test_each_figure_is_counted_on_both_sides() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    new, live = (customers(rollout, side, 4) for side in (Arm.NEW, Arm.LIVE))
    for number, customer in enumerate([*new, *live]):
        tags = ["ai_handover"] if number in (0, 4, 5) else ["ai_answered"]
        score = {"score": 5 if number < 4 else 3 + number % 2}
        release = 2 if number < 4 else 1
        take(
            agent,
            chat(customer, customer, 1 + number % 2, tags=tags, csat=score, release=release),
        )
    counts = arm_counts(rollout)
    handed = counts[Figure.AI_HANDOVER]
    assert {arm: (side.n, side.total) for arm, side in handed.items()} == {
        "new": (4, 1),
        "live": (4, 2),
    }
    assert difference(Figure.AI_HANDOVER, handed) == newcombe_diff(1, 4, 2, 4)
    scores = counts[Figure.CSAT]
    assert (scores[Arm.NEW].mean, scores[Arm.LIVE].mean) == (5, 3.5)
    assert difference(Figure.CSAT, scores) == welch_diff(scores[Arm.NEW], scores[Arm.LIVE])
    days = daily_arm_counts(rollout, [Figure.AI_HANDOVER])[Figure.AI_HANDOVER]
    assert [side[Arm.NEW].n for side in days.values()] == [2, 2]


def test_a_customer_counts_once_with_the_first_conversation() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    [customer] = customers(rollout, Arm.NEW, 1)
    take(agent, chat(customer, "second", 3, tags=["ai_handover"], release=2))
    assert arm_counts(rollout)[Figure.AI_HANDOVER][Arm.NEW].total == 1
    take(agent, chat(customer, "first, sent late", 2, tags=["ai_answered"], release=2))
    handed = arm_counts(rollout)[Figure.AI_HANDOVER][Arm.NEW]
    assert (handed.n, handed.total) == (1, 0)
    split = split_of(rollout)
    assert (split.new.customers, split.new.repeated, split.repeated_share) == (1, 1, 0.5)


def test_what_was_answered_by_the_other_sides_release_is_counted_as_crossed() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    new, live = (customers(rollout, side, 4) for side in (Arm.NEW, Arm.LIVE))
    take(agent, *(chat(c, c, release=2) for c in new[:3]), chat(new[3], "x", release=1))
    take(agent, *(chat(c, c, release=1) for c in live))
    take(agent, chat("", "nobody", release=1), chat("", "spam", tags=["spam"]))
    split = split_of(rollout)
    assert (split.new.crossed, split.live.crossed) == (1, 0)
    assert (split.new.crossed_share, split.crossed_share) == (0.25, 0.125)
    assert split.is_not_followed
    assert split.without_reference == 1


def test_a_split_that_cannot_be_chance_is_uneven() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    new, live = (customers(rollout, side, 30) for side in (Arm.NEW, Arm.LIVE))
    take(agent, *(chat(c, c, release=2) for c in new))
    take(agent, *(chat(c, c, release=1) for c in live[:12]))
    split = split_of(rollout)
    assert not split.is_uneven
    assert split.new_share == pytest.approx(30 / 42)
    rollout.counts.filter(arm="live").update(n=4, total=0)
    assert split_of(rollout).is_uneven
