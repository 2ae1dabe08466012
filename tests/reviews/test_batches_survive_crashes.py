"""A worker is killed after each step of a batch; it is sent once all the same, and written once."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from context.models import Agent
from llm.budget import spent
from llm.local.faults import Faults, FaultyModel
from llm.models import ModelBatch
from llm.states import Route
from reviews.judging.batching import work_batches
from reviews.judging.planning import start_run
from reviews.models import CriterionResult, Review
from tests.llm.material import serving_app
from tests.make import NOW
from tests.reviews.material import DAY, make_answered_agent, make_conversation
from tests.services.worker import ROOT, process_environment

pytestmark = pytest.mark.django_db(transaction=True)

KILLED = 9
# What a killed process does: everything up to one point, and then nothing more, not even clean up.
WORKER = f"""
import os, sys
import django
django.setup()
from django.utils import timezone
from llm.batches import opening, provider, results, steps
from reviews.judging import batching

def die(*args, **kwargs):
    os._exit({KILLED})

def die_after(module, name, calls=1):
    real, seen = getattr(module, name), []
    def function(*args, **kwargs):
        found = real(*args, **kwargs)
        seen.append(name)
        if len(seen) == calls:
            die()
        return found
    setattr(module, name, function)

results._LINES_AT_ONCE = 2
match sys.argv[1]:
    case "priced":
        die_after(opening, "_price", calls=3)
    case "made":
        batching.due_batches = die
    case "uploaded":
        die_after(provider, "upload")
    case "upload noted":
        provider.create = die
    case "created":
        die_after(provider, "create")
    case "create noted":
        provider.retrieve = die
    case "in the middle of a transaction":
        die_after(results, "settle_all", calls=2)
    case "two lines written":
        real = results._write_chunk
        seen = []
        def write(*args):
            if seen:
                die()
            seen.append(real(*args))
        results._write_chunk = write
    case "all written":
        steps.close = die
    case "closed":
        provider.delete = die
batching.work_batches(None, timezone.now)
"""


class Recorder:
    """The local model, and a count of what it was asked."""

    def __init__(self, folder: Path, **faults: Any) -> None:
        self.model = FaultyModel(Faults(**faults), folder)
        self.asked: Counter[str] = Counter()
        self.before: dict[str, Callable[[], None]] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            request = f"{scope['method']} {scope['path'].removeprefix('/v1')}"
            self.asked[request] += 1
            if step := self.before.pop(request, None):
                await asyncio.to_thread(step)
        await self.model(scope, receive, send)


@pytest.fixture
def provider(tmp_path: Path, settings: LazySettings) -> Iterator[Recorder]:
    """A provider on a port, whose model costs something."""
    prices = tmp_path / "prices.toml"
    prices.write_text('["local-1"]\ninput = 10\noutput = 40\nbatch = 0.5\n')
    settings.MODEL_PRICES_FILE = str(prices)
    app = Recorder(tmp_path / "provider", seed=9, batch_fail=0.2)
    with serving_app(app) as url:
        settings.OPENAI_BASE_URL = url
        yield app


@pytest.fixture
def agent() -> Agent:
    """An agent with six reviews that go by batch."""
    found = make_answered_agent()
    for number in range(6):
        make_conversation(found, f"c-{number}")
    start_run(found, DAY, NOW, route=Route.BATCH)
    return found


def run_and_die(place: str, settings: LazySettings) -> int:
    """Work batches in a process of its own, up to a place; returns its exit code."""
    environment = process_environment("") | {
        "OPENAI_BASE_URL": settings.OPENAI_BASE_URL,
        "MODEL_PRICES_FILE": settings.MODEL_PRICES_FILE,
        "JUDGE_MODEL": "local-1",
        "DJANGO_SETTINGS_MODULE": "agentops.settings",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", WORKER, place]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


@pytest.mark.parametrize(
    ("place", "done"),
    [
        ("priced", 0),
        ("made", 0),
        ("uploaded", 0),
        ("upload noted", 0),
        ("created", 0),
        ("create noted", 0),
        ("in the middle of a transaction", 2),
        ("two lines written", 2),
        ("all written", 5),
        ("closed", 5),
    ],
)
def test_a_batch_is_sent_and_written_once_wherever_its_worker_is_killed(
    place: str, done: int, agent: Agent, provider: Recorder, settings: LazySettings
) -> None:
    assert run_and_die(place, settings) == KILLED
    assert Review.objects.filter(state="done").count() == done
    if place != "made":  # then nobody held it yet
        work_batches(None, timezone.now)  # too early: the dead worker's lease stands
        assert Review.objects.filter(state="done").count() == done
    later = timezone.now() + timedelta(minutes=16)
    work_batches(None, lambda: later)
    assert (provider.asked["POST /files"], provider.asked["POST /batches"]) == (1, 1)
    batch = ModelBatch.objects.get()
    assert (batch.status, batch.lines_read, batch.left_over) == ("completed", 5, 1)
    assert Counter(Review.objects.values_list("route", "state")) == {
        ("batch", "done"): 5,
        ("live", "pending"): 1,
    }
    assert CriterionResult.objects.count() == 50
    total = Review.objects.aggregate(usd=Sum("cost_usd"))["usd"]
    days = [one.day for one in batch.reservations.filter(scope=agent.budget_scope)]
    assert sum((spent(agent.budget_scope, day) for day in days), Decimal(0)) == total > 0
    assert batch.cost_usd == total


def test_a_worker_that_slept_through_its_lease_cancels_what_it_sent_second(
    agent: Agent, provider: Recorder, tmp_path: Path
) -> None:
    def another_worker_sends_it() -> None:
        moment = timezone.now() + ModelBatch.LEASE
        work_batches(None, lambda: moment)
        connection.close()

    provider.model = FaultyModel(Faults(batch_seconds=10**6), tmp_path / "provider")
    # The first worker is held up in its request to start the batch; another takes over meanwhile.
    provider.before = {"POST /batches": another_worker_sends_it}
    work_batches(None, timezone.now)
    assert provider.asked["POST /batches"] == 2
    batch = ModelBatch.objects.get()
    assert batch.status == "validating"
    [cancelled] = [request for request in provider.asked if request.endswith("/cancel")]
    assert batch.batch_id not in cancelled
    assert Review.objects.filter(claimed_by=batch.key).count() == 6
