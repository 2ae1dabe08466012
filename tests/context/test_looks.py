"""A running rollout is looked at every day, and harm beyond noise stops it."""

from datetime import date, datetime, timedelta

import pytest

from accounts.models import AuditEntry
from context.models import Arm, ArmCount, Figure, Rollout, RolloutLook, WebhookDelivery
from context.rollouts.looks import decide, look_at_rollouts
from context.rollouts.starting import serving
from stats.intervals import Interval
from stats.spending import nominal_levels
from tests.make import NOW, make_agent, make_rollout

DAY = timedelta(days=1)
MORNING = datetime(NOW.year, NOW.month, NOW.day, 6, tzinfo=NOW.tzinfo)


def fill(rollout: Rollout, day: date, new: float, live: float, n: int = 400) -> None:
    """A day on which these shares of both sides were handed over, and all else was alike."""
    for arm, handed_over in ((Arm.NEW, new), (Arm.LIVE, live)):
        rows = {
            Figure.AI_HANDOVER: (n, n * handed_over, 0),
            Figure.REOPENED: (n, n * 0.05, 0),
            Figure.CSAT: (n // 4, n // 4 * 4.2, n // 4 * 18.5),
            ArmCount.CROSSED: (n, 0, 0),
        }
        for figure, (n_, total, squares) in rows.items():
            rollout.counts.create(
                arm=arm, date=day, figure=figure, n=n_, total=total, total_squares=squares
            )


@pytest.mark.django_db
def test_a_harmless_release_goes_on_to_its_planned_end() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    for number in range(1, 11):
        at = MORNING + number * DAY
        fill(rollout, (at - DAY).date(), new=0.30, live=0.29)
        look_at_rollouts(agent, at)
    rollout.refresh_from_db()
    assert rollout.status == "running"
    looks = rollout.looks.filter(figure="ai_handover")
    assert [look.decision for look in looks] == ["go_on"] * 7  # the eighth day ends it, by midnight
    assert looks.last().information == 1  # type: ignore[union-attr]
    levels = nominal_levels(tuple(look.information for look in looks), 0.05 / 3)
    assert [look.level for look in looks] == pytest.approx(levels)
    assert looks[0].n_new == 800


@pytest.mark.django_db
def test_harm_beyond_noise_gives_the_customers_back_and_is_told() -> None:
    agent = make_agent(required_checks="")
    agent.webhooks.create(url="https://example.com", events="rollout.stopped", created_at=NOW)
    rollout = make_rollout(agent, share=50)
    for number in range(1, 8):
        at = MORNING + number * DAY
        fill(rollout, (at - DAY).date(), new=0.42, live=0.30)
        look_at_rollouts(agent, at)
    rollout.refresh_from_db()
    assert rollout.status == "stopped"
    assert rollout.ended_at == MORNING + 3 * DAY
    assert rollout.end_reason.startswith("AI handover 42.0 % against 30.0 %, +12.0 points (+")
    decisions = rollout.looks.filter(figure="ai_handover").values_list("decision", flat=True)
    assert list(decisions) == ["go_on", "stop"]
    found = serving(agent, "customer-1")
    assert found is not None
    assert found.release == rollout.baseline
    entry = AuditEntry.objects.get(action="rollout.stopped")
    assert (entry.user, entry.detail) == (None, rollout.end_reason)
    assert "AI handover 42.0 %" in WebhookDelivery.objects.get().body


@pytest.mark.django_db
def test_a_day_is_looked_at_once_and_never_while_paused() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    at = MORNING + 2 * DAY
    assert look_at_rollouts(agent, MORNING + DAY) == []  # half a day is too little to see
    fill(rollout, (at - DAY).date(), new=0.3, live=0.3)
    assert len(look_at_rollouts(agent, at)) == 3
    assert look_at_rollouts(agent, at + timedelta(hours=3)) == []
    rollout.pause(at + timedelta(hours=4), None)
    assert look_at_rollouts(agent, at + DAY) == []
    assert RolloutLook.objects.count() == 3


@pytest.mark.django_db
def test_few_customers_tell_nothing() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    fill(rollout, NOW.date(), new=1.0, live=0.0, n=20)
    looks = look_at_rollouts(agent, MORNING + 5 * DAY)
    assert {look.decision for look in looks} == {"too_few"}


@pytest.mark.parametrize(
    ("figure", "low", "high", "decision"),
    [
        ("ai_handover", 0.01, 0.2, "stop"),
        ("ai_handover", -0.2, -0.01, "go_on"),
        ("csat", -0.4, -0.1, "stop"),
        ("csat", 0.1, 0.4, "go_on"),
        ("csat", -0.4, 0.1, "go_on"),
    ],
)
def test_only_the_bad_direction_stops(figure: str, low: float, high: float, decision: str) -> None:
    interval = Interval((low + high) / 2, low, high, 200, "any")
    assert decide(figure, interval, (100, 100)) == decision
    assert decide(figure, interval, (100, 29)) == "too_few"
