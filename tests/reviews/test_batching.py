"""Reviews by batch: sent once, followed from the tick, written like live answers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db.models import Sum
from pydantic import BaseModel

from context.models import Agent
from llm import budget
from llm.batches.steps import take_step
from llm.local.faults import Faults, FaultyModel
from llm.models import ModelBatch, Spend
from llm.states import Route
from reviews.judging.batching import (
    cancel_batches,
    send_run,
    switch_to_live,
    work_batches,
    work_of,
)
from reviews.judging.judge import Judge, loaded, work_reviews
from reviews.judging.nightly import finish_night, plan_night, work_night
from reviews.judging.planning import start_run
from reviews.models import CriterionResult, Review
from tests.llm.material import serving_app, serving_from
from tests.make import NOW, make_agent, make_workspace
from tests.reviews.material import DAY, make_answered_agent, make_conversation

pytestmark = pytest.mark.django_db

WRONG = (
    ("customer", "How long can I return an unworn jacket?"),
    ("ai", "You can return it within 90 days and get a 20 dollar voucher."),
)
PRICES = '["local-1"]\ninput = 10\noutput = 40\nbatch = 0.5\n'


class Clock:
    """A time that the test moves on."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def wait(self, minutes: float) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def agent() -> Agent:
    """An agent with six conversations of a day, one of them wrong."""
    found = make_answered_agent()
    for number in range(5):
        make_conversation(found, f"c-{number}")
    make_conversation(found, "c-5", *WRONG)
    return found


@pytest.fixture
def prices(settings: LazySettings, tmp_path: Path) -> None:
    """The local model costs something."""
    path = tmp_path / "prices.toml"
    path.write_text(PRICES)
    settings.MODEL_PRICES_FILE = str(path)


@pytest.fixture
def serve(settings: LazySettings, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Starts a model server with faults of batches; files and batches outlive it."""
    running: list[Any] = []

    def start(**faults: Any) -> None:
        stop()
        server = serving_from(tmp_path / "provider", Faults(**faults))
        settings.OPENAI_BASE_URL = server.__enter__()
        running.append(server)

    def stop() -> None:
        while running:
            running.pop().__exit__(None, None, None)

    yield start
    stop()


def plan(agent: Agent, **fields: Any) -> None:
    """The day's reviews, to go by batch."""
    start_run(agent, DAY, NOW, route=Route.BATCH, **fields)


def states() -> list[tuple[str, str, str]]:
    """Route, state and error of all reviews."""
    return list(Review.objects.order_by("pk").values_list("route", "state", "error"))


def spent(agent: Agent) -> Decimal:
    return budget.spent(agent.budget_scope, NOW.date())


def results(agent: Agent) -> list[tuple[Any, ...]]:
    """What the judge said of an agent's conversations."""
    rows = CriterionResult.objects.filter(review__scorecard__agent=agent)
    fields = ("review__conversation__external_id", "criterion__key", "verdict", "quote")
    more = ("review__score", "review__grade", "review__question", "verified")
    return sorted(rows.values_list(*fields, *more))


def test_a_batch_says_what_live_calls_say_at_half_the_price(
    agent: Agent, clock: Clock, prices: None
) -> None:
    other = make_answered_agent(workspace=make_workspace("other"))
    for number in range(5):
        make_conversation(other, f"c-{number}")
    make_conversation(other, "c-5", *WRONG)
    start_run(other, DAY, NOW)
    work_reviews(other, clock)
    plan(agent)
    assert work_batches(agent, clock) == 1
    assert states() == [("live", "done", "")] * 6 + [("batch", "done", "")] * 6
    assert results(agent) == results(other)
    assert Review.objects.filter(passed=False).count() == 2
    live, batch = (
        Review.objects.filter(scorecard__agent=one).aggregate(usd=Sum("cost_usd"))["usd"]
        for one in (other, agent)
    )
    assert 0 < batch == pytest.approx(live / 2, abs=Decimal("0.00001"))
    made = ModelBatch.objects.get()
    assert (made.status, made.answered, made.left_over) == ("completed", 6, 0)
    assert made.cost_usd == batch == spent(agent)
    assert Spend.objects.get(scope="installation").usd == live + batch


def test_nothing_is_sent_twice_however_often_it_ticks(
    agent: Agent, clock: Clock, serve: Callable[..., None]
) -> None:
    serve(batch_seconds=3600)
    plan(agent)
    for _ in range(3):
        work_batches(None, clock)
        clock.wait(2)
    made = ModelBatch.objects.get()
    assert made.status == "validating"
    assert states() == [("batch", "working", "")] * 6
    assert not finish_night(agent, DAY, clock.now)


def test_what_a_batch_leaves_out_goes_to_live_calls_and_nothing_is_counted_twice(
    agent: Agent, clock: Clock, serve: Callable[..., None], prices: None
) -> None:
    serve(batch_fail=0.4, malformed=0.3, seed=9)
    plan(agent)
    work_batches(agent, clock)
    found = states()
    failed = [error for route, _, error in found if "HTTP 500: The server had an error" in error]
    unread = [error for _, _, error in found if "does not fit" in error]
    done = [state for _, state, _ in found if state == "done"]
    assert failed and unread and done
    assert len(failed) + len(unread) + len(done) == 6
    assert {(route, state) for route, state, error in found if error} == {("live", "pending")}
    made = ModelBatch.objects.get()
    assert (made.status, made.left_over) == ("completed", len(failed) + len(unread))
    assert made.cost_usd == spent(agent) > 0
    serve()
    work_reviews(agent, clock)
    assert {(state, error) for _, state, error in states()} == {("done", "")}
    total = Review.objects.aggregate(usd=Sum("cost_usd"))["usd"]
    assert total == spent(agent) > made.cost_usd
    assert CriterionResult.objects.count() == 60


def test_an_expired_batch_gives_what_it_has(
    agent: Agent, clock: Clock, serve: Callable[..., None]
) -> None:
    serve(batch_expire=0.5)
    plan(agent)
    work_batches(agent, clock)
    assert ModelBatch.objects.get().status == "expired"
    assert [state for _, state, _ in states()] == ["done"] * 3 + ["pending"] * 3
    assert states()[5][2] == "in the batch: This request could not be executed in time"
    work_reviews(agent, clock)
    assert finish_night(agent, DAY, clock.now)


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ({"batch_refuse": True}, "the batch failed: the input file is refused"),
        ({"no_batches": True}, "this model server has no batches (HTTP 404: "),
    ],
)
def test_a_provider_that_takes_no_batch_leaves_all_to_live_calls(
    agent: Agent,
    clock: Clock,
    serve: Callable[..., None],
    prices: None,
    faults: dict[str, Any],
    reason: str,
) -> None:
    serve(**faults)
    plan(agent)
    work_batches(agent, clock)
    made = ModelBatch.objects.get()
    assert (made.status, made.left_over) == ("failed", 6)
    assert made.error.startswith(reason)
    assert {row[:2] for row in states()} == {("live", "pending")}
    assert all(error.startswith(reason) for _, _, error in states())
    assert spent(agent) == made.reserved_usd == 0


def test_trouble_that_passes_stands_on_the_batch_and_is_waited_out(
    agent: Agent, clock: Clock, serve: Callable[..., None], prices: None
) -> None:
    serve(fail_500=1)
    plan(agent)
    work_batches(agent, clock)
    made = ModelBatch.objects.get()
    assert made.status == "submitting"
    assert "HTTP 500" in made.error
    assert spent(agent) == made.reserved_usd > 0
    serve()
    clock.wait(1)
    work_batches(agent, clock)
    made.refresh_from_db()
    assert (made.status, made.error, made.attempts) == ("completed", "", 2)


def test_a_batch_nobody_can_reach_is_given_up_after_the_window(
    agent: Agent, clock: Clock, settings: LazySettings, prices: None
) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    plan(agent)
    work_batches(agent, clock)
    clock.wait(26 * 60)
    work_batches(agent, clock)
    made = ModelBatch.objects.get()
    assert made.status == "failed"
    assert "had not ended 26 hours after it was made: connection lost" in made.error
    assert {row[:2] for row in states()} == {("live", "pending")}
    assert spent(agent) == 0  # it was never sent


def test_a_batch_that_never_ends_is_given_up_and_counted_as_paid(
    agent: Agent, clock: Clock, serve: Callable[..., None], prices: None
) -> None:
    serve(batch_seconds=10**6)
    plan(agent)
    work_batches(agent, clock)
    reserved = ModelBatch.objects.get().reserved_usd
    clock.wait(26 * 60)
    work_batches(agent, clock)
    made = ModelBatch.objects.get()
    assert (made.status, made.cost_usd, spent(agent)) == ("failed", reserved, reserved)
    assert {row[:2] for row in states()} == {("live", "pending")}


def test_results_that_came_while_the_machine_was_off_are_fetched_not_asked_for_again(
    agent: Agent, clock: Clock, serve: Callable[..., None]
) -> None:
    serve(batch_seconds=3600)
    plan(agent)
    work_batches(agent, clock)
    serve()
    clock.wait(3 * 24 * 60)
    work_batches(agent, clock)
    assert ModelBatch.objects.get().status == "completed"
    assert states() == [("batch", "done", "")] * 6


def test_what_a_cap_forbids_is_skipped_with_the_reason_as_live(
    agent: Agent, clock: Clock, prices: None
) -> None:
    plan(agent, cap=Decimal("0.25"))
    work_batches(agent, clock)
    counts = [state for _, state, _ in states()]
    assert 0 < counts.count("done") < 6
    assert counts.count("skipped") == 6 - counts.count("done")
    reasons = {error for _, state, error in states() if state == "skipped"}
    assert all("the cap of $0.25 for review-run:" in reason for reason in reasons)
    run = agent.review_runs.get()
    total = Review.objects.aggregate(usd=Sum("cost_usd"))["usd"]
    assert budget.spent(run.budget_scope, DAY) == total == spent(agent)


def test_a_model_without_a_price_is_sent_nothing(
    agent: Agent, clock: Clock, settings: LazySettings
) -> None:
    settings.JUDGE_MODEL = "mystery-9"
    plan(agent)
    work_batches(agent, clock)
    assert not ModelBatch.objects.exists()
    assert {row[:2] for row in states()} == {("batch", "skipped")}
    assert "no price is known" in states()[0][2]


def test_a_cancelled_batch_keeps_its_results_and_skips_the_rest(
    agent: Agent, clock: Clock, serve: Callable[..., None]
) -> None:
    serve(batch_seconds=10**6)
    plan(agent)
    work_batches(agent, clock)
    assert cancel_batches(agent.review_runs.all(), "ada", clock.now) == 1
    assert cancel_batches(agent.review_runs.all(), "ada", clock.now) == 0
    work_batches(agent, clock)
    assert ModelBatch.objects.get().status == "cancelling"
    clock.wait(1)
    work_batches(agent, clock)
    assert ModelBatch.objects.get().status == "cancelled"
    assert states() == [("batch", "skipped", "cancelled by ada")] * 6
    assert finish_night(agent, DAY, clock.now)


def test_a_batch_that_is_cancelled_before_it_was_sent_is_never_sent(
    agent: Agent, clock: Clock, settings: LazySettings, serve: Callable[..., None]
) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    plan(agent)
    work_batches(agent, clock)
    cancel_batches(agent.review_runs.all(), "ada", clock.now)
    serve()
    work_batches(agent, clock)
    made = ModelBatch.objects.get()
    assert (made.status, made.batch_id, made.file_id) == ("cancelled", "", "")
    assert states() == [("batch", "skipped", "cancelled by ada")] * 6


def test_reviews_taken_out_of_a_batch_are_asked_live_at_once(
    agent: Agent, clock: Clock, serve: Callable[..., None], prices: None
) -> None:
    serve(batch_seconds=10**6)
    plan(agent)
    work_batches(agent, clock)
    made = ModelBatch.objects.get()
    assert switch_to_live(made, "ada", clock.now) == 6
    assert switch_to_live(made, "ada", clock.now) == 0
    work_reviews(agent, clock)
    assert states() == [("live", "done", "")] * 6
    live = Review.objects.aggregate(usd=Sum("cost_usd"))["usd"]
    serve()  # the provider has finished the batch before it hears of the stop
    work_batches(agent, clock)
    made.refresh_from_db()
    assert made.cost_usd == pytest.approx(live / 2, abs=Decimal("0.00001"))
    assert spent(agent) == live + made.cost_usd
    assert Review.objects.aggregate(usd=Sum("cost_usd"))["usd"] == live


def test_two_workers_at_once_take_a_step_once(
    agent: Agent, clock: Clock, serve: Callable[..., None]
) -> None:
    serve(batch_seconds=3600)
    plan(agent)
    work_batches(agent, clock)
    made = ModelBatch.objects.get()
    clock.wait(1)
    assert made.take("first", clock.now)
    assert work_batches(agent, clock) == 0
    clock.wait(15)
    assert work_batches(agent, clock) == 1


def test_a_batch_waits_for_the_briefs_its_judge_is_shown(agent: Agent, clock: Clock) -> None:
    texts = [("customer", "A person please"), ("human", "Hello, this is Jo")]
    make_conversation(agent, "h-1", *texts, tags=["ai_handover"])
    agent.review_mode = Route.BATCH
    agent.save()
    plan_night(agent, DAY, clock.now)
    work_batches(agent, clock)
    assert not ModelBatch.objects.exists()
    work_night(agent, clock)
    assert ModelBatch.objects.get().status == "completed"
    assert states() == [("batch", "done", "")] * 7
    assert finish_night(agent, DAY, clock.now)


def test_live_workers_leave_the_rows_of_a_batch_alone(agent: Agent, clock: Clock) -> None:
    plan(agent)
    assert work_reviews(None, clock).rows == 0
    assert states() == [("batch", "pending", "")] * 6


def test_another_agents_batches_are_left_alone(
    agent: Agent, clock: Clock, serve: Callable[..., None]
) -> None:
    serve()
    plan(agent)
    other = make_agent(make_workspace("other"))
    assert work_batches(other, clock) == 0
    assert not ModelBatch.objects.exists()


def test_the_provider_keeps_no_file_once_a_batch_has_ended(
    agent: Agent, clock: Clock, serve: Callable[..., None], tmp_path: Path
) -> None:
    serve(batch_fail=0.5)
    plan(agent)
    work_batches(agent, clock)
    made = ModelBatch.objects.get()
    assert made.file_id and made.output_file_id and made.error_file_id
    assert list((tmp_path / "provider" / "files").iterdir()) == []


def test_results_whose_download_breaks_off_are_fetched_again_from_where_they_are_written(
    agent: Agent, clock: Clock, settings: LazySettings, tmp_path: Path, prices: None
) -> None:
    model = FaultyModel(Faults(), tmp_path / "provider")
    left = [2]  # downloads that break off

    async def breaking(scope: Any, receive: Any, send: Any) -> None:
        async def cut(event: Any) -> None:
            if event["type"] == "http.response.start":
                event["headers"] = [*event["headers"], (b"content-length", b"1000000")]
            await send(event)

        breaks = scope.get("path", "").endswith("/content") and left[0] > 0
        left[0] -= breaks
        await model(scope, receive, cut if breaks else send)

    plan(agent)
    with serving_app(breaking) as url:
        settings.OPENAI_BASE_URL = url
        for _ in range(2):
            work_batches(agent, clock)
            made = ModelBatch.objects.get()
            assert "connection lost" in made.error
            assert {row[:2] for row in states()} == {("batch", "working")}
            clock.wait(1)
        work_batches(agent, clock)
    made.refresh_from_db()
    assert (made.status, made.error, made.lines_read) == ("completed", "", 6)
    assert states() == [("batch", "done", "")] * 6
    assert made.cost_usd == spent(agent) > 0


def test_a_fault_of_ours_stands_on_the_batch_and_does_not_hold_its_rows_for_ever(
    agent: Agent, clock: Clock
) -> None:
    def form(_: Review) -> type[BaseModel]:
        raise LookupError("no scorecard")

    plan(agent)
    run = agent.review_runs.get()
    send_run(run, clock)
    made = ModelBatch.objects.get()
    work = work_of(run, Judge(agent, clock), loaded(Review.objects.filter(batch=made)))
    for is_ended in (False, True):
        with pytest.raises(LookupError):
            take_step(made, replace(work, schema=form))
        made.refresh_from_db()
        assert "LookupError: no scorecard" in made.error
        assert (made.status == "failed") == is_ended
        clock.wait(26 * 60)
    assert {row[:2] for row in states()} == {("live", "pending")}


def test_a_batch_that_is_out_is_not_given_up_for_a_refused_key(
    agent: Agent, clock: Clock, settings: LazySettings, tmp_path: Path, prices: None
) -> None:
    model = FaultyModel(Faults(), tmp_path / "provider")
    refusing = [True]

    async def locked(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path", "").startswith("/v1/batches/") and refusing[0]:
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})
        else:
            await model(scope, receive, send)

    plan(agent)
    with serving_app(locked) as url:
        settings.OPENAI_BASE_URL = url
        work_batches(agent, clock)
        made = ModelBatch.objects.get()
        assert made.is_open and "HTTP 401" in made.error
        assert states() == [("batch", "working", "")] * 6
        refusing[0] = False
        clock.wait(1)
        work_batches(agent, clock)
    assert states() == [("batch", "done", "")] * 6


def test_a_batch_the_server_no_longer_has_leaves_its_reviews_live_and_stays_booked(
    agent: Agent, clock: Clock, serve: Callable[..., None], prices: None, tmp_path: Path
) -> None:
    serve(batch_seconds=3600)
    plan(agent)
    work_batches(agent, clock)
    for file in (tmp_path / "provider" / "batches").iterdir():
        file.unlink()
    clock.wait(1)
    reserved = ModelBatch.objects.get().reserved_usd
    work_batches(agent, clock)
    made = ModelBatch.objects.get()
    assert (made.status, made.cost_usd, spent(agent)) == ("failed", reserved, reserved)
    assert {row[:2] for row in states()} == {("live", "pending")}
    assert "no such batch" in states()[0][2]
