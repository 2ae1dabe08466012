"""The commands, the task and the steps of the night: each may be repeated without harm."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.utils import timezone

from context.models import Agent
from llm.claims import has_free
from reviews import tasks
from reviews.judging.nightly import finish_night, plan_night, work_night
from reviews.judging.planning import plan_reviews
from reviews.models import Flag, Queue, Review
from tests.make import NOW, make_agent, make_workspace
from tests.reviews.material import DAY, QUEUE_DAY, make_answered_agent, make_conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    found = make_answered_agent()
    for number in range(4):
        make_conversation(found, f"c-{number}")
    return found


def run(name: str, *arguments: str) -> Any:
    out = StringIO()
    call_command(name, "--agent", "bot", "--json", *arguments, stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_review_day_reviews_once_and_says_what_it_did(agent: Agent) -> None:
    first = run("review_day", "--date", DAY.isoformat())
    assert (first["planned"], first["done"], first["failed"], first["flags"]) == (4, 4, 0, 0)
    second = run("review_day", "--date", DAY.isoformat())
    assert (second["planned"], second["done"]) == (0, 4)
    assert Review.objects.count() == 4


def test_review_day_shows_the_price_and_stops(agent: Agent, settings: LazySettings) -> None:
    settings.JUDGE_MODEL = "gpt-5-mini"
    shown = run("review_day", "--date", DAY.isoformat(), "--estimate")
    assert shown["estimated_usd"] > 0
    assert not Review.objects.exists()


def test_review_day_without_a_price_does_nothing(agent: Agent, settings: LazySettings) -> None:
    settings.JUDGE_MODEL = "mystery-9"
    with pytest.raises(CommandError, match="no price is known"):
        run("review_day", "--date", DAY.isoformat())
    assert not Review.objects.exists()


def test_review_day_tries_failed_reviews_again_when_asked(agent: Agent) -> None:
    plan_reviews(agent, DAY, NOW)
    Review.objects.update(state="failed", error="HTTP 400")
    with pytest.raises(SystemExit):
        run("review_day", "--date", DAY.isoformat())
    done = run("review_day", "--date", DAY.isoformat(), "--retry")
    assert (done["retried"], done["done"], done["failed"]) == (4, 4, 0)


def test_build_queue_draws_once(agent: Agent) -> None:
    run("review_day", "--date", DAY.isoformat())
    Review.objects.update(finished_at=NOW)
    first = run("build_queue", "--date", QUEUE_DAY.isoformat())
    assert (first["population"], first["items"]) == (4, 4)
    assert run("build_queue", "--date", QUEUE_DAY.isoformat()) == first
    assert Queue.objects.count() == 1


def test_an_unknown_agent_is_named(agent: Agent) -> None:
    with pytest.raises(CommandError, match="'nobody' does not exist"):
        call_command("build_queue", "--agent", "nobody")
    make_agent(make_workspace("other"))
    with pytest.raises(CommandError, match="ambiguous"):
        call_command("review_day", "--agent", "bot")


def test_a_task_works_what_waits(agent: Agent) -> None:
    plan_reviews(agent, DAY, NOW)
    tasks.work_reviews()
    assert set(Review.objects.values_list("state", flat=True)) == {"done"}


def test_another_worker_is_woken_only_for_rows_it_could_take(agent: Agent) -> None:
    def is_free(of: Agent | None) -> bool:
        return has_free(tasks.waiting_reviews(of), timezone.now())

    assert not is_free(agent)
    plan_reviews(agent, DAY, NOW)
    assert is_free(agent)
    assert is_free(None)
    assert not is_free(make_agent(make_workspace("other")))
    Review.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
    assert not is_free(agent)


def test_the_night_plans_works_flags_and_draws(agent: Agent) -> None:
    bad = {"score": 1, "scored_at": "2026-11-17T12:00:00Z"}
    make_conversation(agent, "c-0", csat=bad)
    assert plan_night(agent, DAY, NOW) >= 4
    assert not finish_night(agent, DAY, NOW)
    assert not Queue.objects.exists()
    work_night(agent, lambda: NOW)
    assert finish_night(agent, DAY, NOW)
    assert finish_night(agent, DAY, NOW)
    queue = Queue.objects.get()
    assert (queue.date, queue.population) == (QUEUE_DAY, 4)
    assert queue.items.filter(stratum__name="flagged").count() == 1
    assert Flag.objects.get().kind == Flag.Kind.LOW_CSAT
    assert plan_night(agent, DAY, NOW) == 0


def test_a_night_that_was_missed_is_caught_up_later(agent: Agent) -> None:
    later = NOW + timedelta(days=3)
    plan_night(agent, DAY, later)
    work_night(agent, lambda: later)
    assert finish_night(agent, DAY, later)
    assert Queue.objects.get().population == 4
