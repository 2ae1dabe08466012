"""Which side of a rollout a conversation's customer was on is noted when it comes in, and stays."""

from datetime import timedelta
from typing import Any

import pytest

from context.models import Agent, Arm, Rollout
from conversations.ingest import ingest
from conversations.models import Conversation
from tests.make import NOW, make_agent, make_chat, make_rollout

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOW + 3 * DAY


def send(agent: Agent, external_id: str = "c-1", **fields: Any) -> Conversation:
    """Take a conversation in that was opened a day after the rollout began."""
    fields.setdefault("opened_at", (NOW + DAY).isoformat())
    [result] = ingest(agent, [make_chat(external_id, **fields)], now=LATER)
    assert result.errors == []
    return Conversation.objects.get(source="test", external_id=external_id)


def customer_on(rollout: Rollout, side: Arm, form: str = "customer-{}") -> str:
    """A customer of this side."""
    return next(c for n in range(200) if rollout.arm_of(c := form.format(n)) == side)


def test_a_conversation_carries_the_rollout_and_its_customers_side() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent)
    for side, number in ((Arm.NEW, 2), (Arm.LIVE, 1)):
        customer = customer_on(rollout, side)
        row = send(agent, side, customer_ref=customer, release=number)
        assert (row.rollout, row.arm) == (rollout, side)
        assert row.release is not None
        assert row.release.number == number


def test_the_side_is_by_assignment_whichever_release_answered() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent)
    row = send(agent, customer_ref=customer_on(rollout, Arm.NEW), release=1)
    assert (row.arm, row.release) == (Arm.NEW, rollout.baseline)


def test_without_a_reported_release_the_live_one_answered() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent)
    row = send(agent, customer_ref=customer_on(rollout, Arm.NEW))
    assert (row.arm, row.release) == (Arm.NEW, rollout.baseline)


def test_a_customer_without_a_reference_is_on_no_side() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent)
    row = send(agent, release=1)
    assert (row.rollout, row.arm) == (rollout, "")
    customer = customer_on(rollout, Arm.NEW)
    assert send(agent, customer_ref=customer).arm == Arm.NEW  # a later payload names them


def test_late_messages_keep_the_side() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent)
    send(agent, customer_ref=customer_on(rollout, Arm.NEW), release=2)
    rollout.stop(NOW + 2 * DAY, None)
    late = send(agent, csat={"score": 5}, messages=[])
    assert (late.rollout, late.arm, late.csat_score) == (rollout, Arm.NEW, 5)


def test_the_side_follows_the_reference_as_sent_though_a_code_is_stored() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent)
    for side in Arm:
        address = customer_on(rollout, side, "ada{}@example.com")
        row = send(agent, side, customer_ref=address)
        assert row.customer_ref.startswith("customer-")
        assert row.arm == side


def test_conversations_before_it_after_its_days_and_in_a_pause_are_not_in_it() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent)
    rollout.pause(NOW + DAY, None)
    rollout.resume(NOW + 2 * DAY, None)
    customer = customer_on(rollout, Arm.NEW)
    moments = {"before": -1, "first": 0, "paused": 30, "resumed": 49, "after": 24 * 8}
    now = NOW + 20 * DAY
    for name, hours in moments.items():
        opened_at = (NOW + timedelta(hours=hours)).isoformat()
        chat = make_chat(name, opened_at=opened_at, customer_ref=customer)
        ingest(agent, [chat], now=now)
    inside = Conversation.objects.filter(rollout=rollout).order_by("opened_at")
    assert list(inside.values_list("external_id", "arm")) == [("first", "new"), ("resumed", "new")]
