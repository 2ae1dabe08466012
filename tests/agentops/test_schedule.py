"""The tick: what is due is started once, missed periods catch up, one fault stops nobody else."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from agentops.periods import past_days
from agentops.schedule import (
    STEP_LEASE,
    Schedule,
    run_due,
    take_step,
    wake_workers,
)
from context.models import Agent, DayTotal, Impact, ScheduledRun
from conversations.ingest import ingest
from conversations.models import Conversation, HandoverBrief
from llm.models import ModelBatch
from llm.states import Route
from reviews.judging.nightly import finish_night, work_night
from reviews.models import Queue, Review
from tests.make import make_agent, make_chat, make_live_release

pytestmark = pytest.mark.django_db(transaction=True)
TUESDAY_EVENING = datetime(2026, 11, 17, 22, tzinfo=UTC)
WEDNESDAY_NIGHT = datetime(2026, 11, 18, 5, 59, tzinfo=UTC)
WEDNESDAY_MORNING = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)


@pytest.fixture
def agent() -> Agent:
    """An agent since Sunday with one conversation of Tuesday."""
    agent = make_agent()
    Agent.objects.filter(pk=agent.pk).update(created_at=datetime(2026, 11, 15, tzinfo=UTC))
    make_live_release(agent, at=TUESDAY_EVENING - timedelta(days=9))
    chat = make_chat(tags=["ai_answered", "ai_close"], closed_at="2026-11-17T10:30:00Z")
    ingest(agent, [chat], now=TUESDAY_EVENING)
    agent.refresh_from_db()
    return agent


def nights(state: str = "") -> list[str]:
    runs = ScheduledRun.objects.filter(schedule="nightly_review", state__contains=state)
    return sorted(runs.values_list("period", flat=True))


def test_a_night_is_due_from_the_review_hour_on(agent: Agent) -> None:
    run_due(WEDNESDAY_NIGHT)
    assert "2026-11-17" not in nights()
    run_due(WEDNESDAY_MORNING)
    assert "2026-11-17" in nights()
    assert Review.objects.count() == 1


def test_the_queue_is_drawn_once_the_reviews_are_done(agent: Agent) -> None:
    run_due(WEDNESDAY_MORNING)
    assert not Queue.objects.filter(date=date(2026, 11, 18)).exists()
    work_night(agent, lambda: WEDNESDAY_MORNING)
    run_due(WEDNESDAY_MORNING + timedelta(minutes=1))
    queue = Queue.objects.get(date=date(2026, 11, 18))
    assert queue.items.count() == 1
    assert "2026-11-17" in nights("done")


def test_a_replayed_tick_starts_nothing_twice(agent: Agent) -> None:
    run_due(WEDNESDAY_MORNING)
    work_night(agent, lambda: WEDNESDAY_MORNING)
    for _ in range(3):
        run_due(WEDNESDAY_MORNING + timedelta(minutes=1))
    assert Review.objects.count() == 1
    assert len(nights()) == len(set(nights()))
    assert ScheduledRun.objects.get(period="2026-11-17").attempts == 2


def test_missed_nights_catch_up(agent: Agent) -> None:
    run_due(datetime(2026, 11, 20, 9, tzinfo=UTC))
    assert nights() == [f"2026-11-{day}" for day in (15, 16, 17, 18, 19)]
    assert Review.objects.get().day == date(2026, 11, 17)


def full_disk(_agent: Agent, _period: str, _now: datetime) -> bool:
    raise OSError("disk full")


def test_a_fault_is_written_on_the_row_and_tried_again_when_its_lease_ran_out(
    agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    faulty = Schedule("nightly_review", past_days, full_disk)
    assert take_step(agent, faulty, "2026-11-17", WEDNESDAY_MORNING)
    run = ScheduledRun.objects.get()
    assert (run.state, run.detail) == ("failed", "OSError: disk full")
    assert "nightly_review" in caplog.text
    run_due(WEDNESDAY_MORNING + timedelta(minutes=1))
    assert ScheduledRun.objects.get(pk=run.pk).attempts == 1
    run_due(WEDNESDAY_MORNING + STEP_LEASE)
    run.refresh_from_db()
    assert (run.state, run.detail, run.attempts) == ("started", "", 2)


def test_a_step_that_is_still_under_way_is_left_alone(agent: Agent) -> None:
    run_due(WEDNESDAY_MORNING)
    held = WEDNESDAY_MORNING + timedelta(minutes=5)
    ScheduledRun.objects.filter(period="2026-11-17").update(lease_until=held)
    run_due(held - timedelta(minutes=1))
    assert ScheduledRun.objects.get(period="2026-11-17").attempts == 1
    run_due(held)
    assert ScheduledRun.objects.get(period="2026-11-17").attempts == 2


def test_workers_are_woken_only_for_work_that_waits(agent: Agent) -> None:
    assert wake_workers(TUESDAY_EVENING) == 0
    chat = make_chat(
        "h-1", ("customer", "I want to talk to a person"), ("human", "Hello"), tags=["ai_handover"]
    )
    ingest(agent, [chat], now=TUESDAY_EVENING)
    run_due(WEDNESDAY_MORNING)
    assert wake_workers(WEDNESDAY_MORNING) >= 1
    # Without a broker the wake-up is the work itself.
    assert HandoverBrief.objects.get().state == "done"
    assert set(Review.objects.values_list("state", flat=True)) == {"done"}


def test_a_night_by_batch_goes_from_the_tick_to_the_queue(agent: Agent) -> None:
    agent.review_mode = Route.BATCH
    agent.save(update_fields=["review_mode"])
    run_due(WEDNESDAY_MORNING)
    assert set(Review.objects.values_list("route", "state")) == {("batch", "pending")}
    assert wake_workers(timezone.now()) == 1
    assert ModelBatch.objects.get().status == "completed"
    assert set(Review.objects.values_list("route", "state")) == {("batch", "done")}
    assert wake_workers(timezone.now()) == 0
    # The task's clock is the real one, so the draw has to look from there.
    assert finish_night(agent, date(2026, 11, 17), timezone.now())
    assert Queue.objects.get(date=date(2026, 11, 18)).items.count() == 1


def test_the_tick_never_frees_the_rows_of_a_batch_that_is_out(agent: Agent) -> None:
    run_due(WEDNESDAY_MORNING)
    past = WEDNESDAY_MORNING - timedelta(days=2)
    Review.objects.update(route=Route.BATCH, state="working", claimed_by="k", lease_until=past)
    batch = ModelBatch.objects.create(
        key="k",
        purpose="review",
        scope=Review.objects.get().run.budget_scope,
        model="local-1",
        total=1,
        reserved_usd=0,
        created_at=past,
        next_step_at=WEDNESDAY_MORNING + timedelta(hours=1),
    )
    Review.objects.update(batch=batch)
    wake_workers(WEDNESDAY_MORNING)
    assert set(Review.objects.values_list("state", "claimed_by")) == {("working", "k")}
    assert ModelBatch.objects.count() == 1


def test_impacts_wait_until_all_days_are_counted_alike(agent: Agent) -> None:
    monday = datetime(2026, 11, 23, 6, tzinfo=UTC)
    run_due(WEDNESDAY_MORNING)
    Impact.objects.all().delete()
    counted = ScheduledRun.objects.filter(schedule="count_again")
    counted.update(state="failed", lease_until=monday + STEP_LEASE)
    run_due(monday)
    assert ScheduledRun.objects.get(period="2026-W48", schedule="weekly_impact").state == "started"
    assert not Impact.objects.exists()
    run_due(monday + STEP_LEASE)
    assert ScheduledRun.objects.get(period="2026-W48", schedule="weekly_impact").state == "done"
    assert Impact.objects.exists()


def test_history_is_counted_again_once_after_an_upgrade(agent: Agent) -> None:
    Conversation.objects.update(language="en")
    for minute in range(2):
        run_due(WEDNESDAY_NIGHT + timedelta(minutes=minute))
    totals = DayTotal.objects.filter(agent=agent, by="language", figure="conversations")
    assert list(totals.values_list("value", "n")) == [("en", 1)]
    assert ScheduledRun.objects.get(schedule="count_again").attempts == 1
