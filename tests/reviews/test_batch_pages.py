"""The batch on the page of a day: how it stands, stop it, do not wait for it, start one."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from context.models import Agent
from llm.local.faults import Faults
from llm.models import ModelBatch
from llm.states import Route
from reviews import tasks
from reviews.judging.planning import start_run
from reviews.models import Review, ReviewRun
from tests.llm.material import serving_from
from tests.make import make_agent, make_member, make_workspace
from tests.reviews.material import DAY, make_answered_agent, make_conversation, make_reviewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    found = make_answered_agent()
    for number in range(4):
        make_conversation(found, f"c-{number}")
    return found


@pytest.fixture
def slow_provider(settings: LazySettings, tmp_path: Path) -> Iterator[None]:
    """A provider whose batches take for ever."""
    with serving_from(tmp_path / "provider", Faults(batch_seconds=10**6)) as url:
        settings.OPENAI_BASE_URL = url
        settings.JUDGE_MODEL = "local-1"
        yield


@pytest.fixture
def batch(agent: Agent, slow_provider: None) -> ModelBatch:
    """A batch that is out."""
    start_run(agent, DAY, timezone.now(), route=Route.BATCH)
    tasks.work_batches()
    return ModelBatch.objects.get()


@pytest.fixture
def boss(agent: Agent) -> Client:
    client = Client()
    client.force_login(make_reviewer(agent, "boss", Role.MANAGER))
    return client


def url(agent: Agent, name: str, *args: object) -> str:
    return reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug, *args])


def page(client: Client, agent: Agent) -> str:
    return client.get(url(agent, "index"), {"day": DAY.isoformat()}).content.decode()


def states() -> set[tuple[str, str, str]]:
    return set(Review.objects.values_list("route", "state", "error"))


def test_the_day_shows_the_batch_with_its_ids_and_when_it_will_be_there(
    agent: Agent, boss: Client, batch: ModelBatch
) -> None:
    text = page(boss, agent)
    assert "Batch of 4 reviews: being validated" in text
    assert batch.batch_id in text and batch.file_id in text
    by = timezone.now() + timedelta(days=1)
    assert f"results by {by.day} {by:%b}" in text
    assert "Waiting for a worker" not in text
    assert 'hx-trigger="every 30s"' in text
    viewer = Client()
    viewer.force_login(make_reviewer(agent, "vic", Role.VIEWER))
    assert batch.batch_id in page(viewer, agent)
    assert "Live calls now" not in page(viewer, agent)


@pytest.mark.parametrize("name", ["batch-cancel", "batch-live"])
def test_only_a_manager_of_its_workspace_touches_a_batch(
    agent: Agent, batch: ModelBatch, name: str
) -> None:
    client = Client()
    client.force_login(make_reviewer(agent, "rita", Role.REVIEWER))
    assert client.post(url(agent, name, batch.pk)).status_code == 403
    other = make_agent(make_workspace("other"))
    client.force_login(make_member(other.workspace, "eve", Role.ADMIN))
    assert client.post(url(agent, name, batch.pk)).status_code == 404
    assert client.post(url(other, name, batch.pk)).status_code == 404
    assert client.get(url(other, name, batch.pk)).status_code == 405
    batch.refresh_from_db()
    assert batch.cancel_asked_at is None


def test_a_manager_cancels_a_batch_and_the_rest_is_skipped(
    agent: Agent, boss: Client, batch: ModelBatch
) -> None:
    text = boss.post(url(agent, "batch-cancel", batch.pk), follow=True).content.decode()
    assert "The batch is being cancelled" in text
    assert "being stopped, cancelled by boss" in text
    assert "Cancel batch" not in text
    text = boss.post(url(agent, "batch-cancel", batch.pk), follow=True).content.decode()
    assert "is being stopped already" in text
    tasks.work_batches()  # tells the provider
    ModelBatch.objects.update(next_step_at=timezone.now())
    tasks.work_batches()
    assert states() == {("batch", "skipped", "cancelled by boss")}
    assert "4 left to a later run" in page(boss, agent)


def test_a_manager_who_does_not_want_to_wait_has_the_rest_asked_live(
    agent: Agent, boss: Client, batch: ModelBatch
) -> None:
    text = boss.post(url(agent, "batch-live", batch.pk), follow=True).content.decode()
    assert "Left to live calls: 4 reviews" in text
    assert states() == {("live", "pending", "taken out of the batch by boss")}
    tasks.work_reviews()
    assert states() == {("live", "done", "")}
    text = boss.post(url(agent, "batch-live", batch.pk), follow=True).content.decode()
    assert "nothing left that could be asked live" in text


def test_stopping_the_day_stops_its_batch(agent: Agent, boss: Client, batch: ModelBatch) -> None:
    boss.post(url(agent, "cancel"), {"day": DAY.isoformat()})
    batch.refresh_from_db()
    assert (batch.cancel_reason, batch.rest) == ("cancelled by boss", "skipped")


def test_what_waits_to_be_sent_is_not_said_to_wait_for_a_worker(agent: Agent, boss: Client) -> None:
    start_run(agent, DAY, timezone.now(), route=Route.BATCH)
    assert "4 to be sent as a batch" in page(boss, agent)


def test_a_batch_that_ended_says_what_it_brought(agent: Agent, boss: Client) -> None:
    start_run(agent, DAY, timezone.now(), route=Route.BATCH)
    tasks.work_batches()
    text = page(boss, agent)
    assert "4 of 4 answered" in text
    assert "Live calls now" not in text


def test_a_run_can_be_started_as_a_batch_at_its_price(
    agent: Agent, boss: Client, settings: LazySettings, slow_provider: None, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('["local-1"]\ninput = 10\noutput = 40\nbatch = 0.5\n')
    settings.MODEL_PRICES_FILE = str(prices)
    text = boss.get(url(agent, "price"), {"day": DAY.isoformat()}).content.decode()
    assert ", by batch $" in text
    asked = {"day": DAY.isoformat(), "cap": "5", "route": "batch"}
    boss.post(url(agent, "start"), asked)
    run = ReviewRun.objects.get()
    assert states() == {("batch", "pending", "")}
    tasks.work_batches()
    batch = ModelBatch.objects.get()
    assert run.estimated_usd is not None
    assert abs(batch.reserved_usd - run.estimated_usd) < Decimal("0.001")


def test_an_unknown_way_starts_nothing(agent: Agent, boss: Client) -> None:
    asked = {"day": DAY.isoformat(), "cap": "5", "route": "pigeon"}
    assert "errorlist" in boss.post(url(agent, "start"), asked).content.decode()
    assert not ReviewRun.objects.exists()


def review_day(*arguments: str) -> str:
    out = StringIO()
    day = DAY.isoformat()
    call_command("review_day", "--agent", "bot", "--date", day, *arguments, stdout=out)
    return out.getvalue()


def test_review_day_sends_a_batch_and_called_again_goes_on_with_it(
    agent: Agent, slow_provider: None, settings: LazySettings
) -> None:
    assert "working 4" in review_day("--batch")
    assert "working 4" in review_day("--batch")
    made = ModelBatch.objects.get()
    assert made.status == "validating"


def test_review_day_has_a_batch_done_where_the_model_is_quick(
    agent: Agent, settings: LazySettings, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('["local-1"]\ninput = 10\noutput = 40\nbatch = 0.5\n')
    settings.MODEL_PRICES_FILE = str(prices)
    told = json.loads(review_day("--batch", "--json"))
    assert {route for route, *_ in states()} == {"batch"}
    assert (told["done"], told["failed"]) == (4, 0)
    cost = float(ModelBatch.objects.get().cost_usd)
    assert told["cost_usd"] == pytest.approx(cost)
    assert 0 < cost < told["estimated_usd"]


def test_the_lists_of_a_day_take_no_more_queries_for_more_batches(
    agent: Agent, boss: Client, django_assert_num_queries: Any, batch: ModelBatch
) -> None:
    night = url(agent, "night")
    boss.get(night)
    with CaptureQueriesContext(connection) as seen:
        boss.get(night, {"day": DAY.isoformat()})
    fields = {"purpose": "review", "scope": batch.scope, "model": "local-1", "total": 1}
    fields |= {"reserved_usd": 0, "created_at": timezone.now(), "next_step_at": timezone.now()}
    ModelBatch.objects.bulk_create(ModelBatch(key=f"k{n}", **fields) for n in range(3))
    with django_assert_num_queries(len(seen)):
        boss.get(night, {"day": DAY.isoformat()})
