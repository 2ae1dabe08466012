"""The search for new questions as a piece of work: claimed, shown, paid, stopped, repeated."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from context.models import Agent
from conversations.ingest import ingest
from llm.calls import BudgetExhausted, ModelError
from llm.models import Spend
from testing.models import ClusterMember, Discovery
from testing.questions.asked import question_of
from testing.questions.discovery import (
    discover,
    discovered,
    estimate_discovery,
    start_discovery,
    work_discoveries,
)
from testing.refusals import Refused
from tests.llm.material import serving
from tests.make import make_agent, make_chat, make_live_release, make_member

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
GIFT = ("How long is a gift card valid?", "Is my gift card valid for long?")


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent, at=NOW - timedelta(days=60))
    return agent


def ask_gift(agent: Agent, times: int = 3) -> None:
    chats = [make_chat(f"g-{n}", ("customer", GIFT[n % 2]), ("ai", "Hm.")) for n in range(times)]
    ingest(agent, chats, now=NOW)


def test_the_same_search_again_compares_nothing(agent: Agent) -> None:
    ask_gift(agent)
    [cluster] = discover(agent, MONDAY, NOW)
    [same] = discover(agent, MONDAY, NOW)
    first, second = Discovery.objects.order_by("pk")
    assert same.pk == cluster.pk and second.repeats == first
    assert cluster.weeks.count() == 1
    assert (first.questions, first.covered, first.new, first.alone) == (3, 0, 3, 0)


def test_one_search_of_an_agent_goes_on_at_a_time(agent: Agent) -> None:
    row = start_discovery(agent, MONDAY, NOW)
    assert start_discovery(agent, MONDAY, NOW) == row
    with pytest.raises(Refused, match="another week"):
        start_discovery(agent, MONDAY - timedelta(days=7), NOW)


def test_a_search_shows_its_steps_and_writes_nothing_once_it_is_cancelled(agent: Agent) -> None:
    ada = make_member(agent.workspace)
    ask_gift(agent)
    steps = []
    row = start_discovery(agent, MONDAY, NOW, ada)

    def stop_while_grouping(now: Discovery) -> None:
        steps.append(now.step)
        if now.step == Discovery.Step.GROUPING:
            Discovery.objects.get(pk=now.pk).cancel(NOW, ada)

    work_discoveries(lambda: NOW, row, stop_while_grouping)
    row.refresh_from_db()
    assert steps == ["reading", "comparing", "grouping"]
    assert (row.state, row.error) == ("skipped", "cancelled by ada")
    assert not agent.question_clusters.exists() and not ClusterMember.objects.exists()
    with pytest.raises(Refused, match="ended"):
        row.cancel(NOW, ada)


def test_a_worker_that_never_came_back_loses_nothing(agent: Agent) -> None:
    ask_gift(agent)
    row = start_discovery(agent, MONDAY, NOW)
    gone = {"state": "working", "claimed_by": "gone", "lease_until": NOW + timedelta(minutes=15)}
    Discovery.objects.filter(pk=row.pk).update(**gone)
    work_discoveries(lambda: NOW)
    assert Discovery.objects.get().state == "working"
    work_discoveries(lambda: NOW + timedelta(minutes=16))
    assert Discovery.objects.get().state == "done" and agent.question_clusters.count() == 1


def test_the_schedule_starts_a_search_once_and_does_not_repeat_one_that_failed(
    agent: Agent,
) -> None:
    assert not discovered(agent, MONDAY, NOW)
    assert not discovered(agent, MONDAY, NOW)
    Discovery.objects.update(state="failed", error="no")
    assert discovered(agent, MONDAY, NOW) and Discovery.objects.count() == 1


def test_the_line_of_the_review_is_the_question_and_greetings_are_none(agent: Agent) -> None:
    workspace = agent.workspace
    assert question_of("Hi! Is it waterproof?", ["yes"], workspace) == "Is it waterproof?"
    said = ["Hello there", "yes", "#10245", "Where is parcel of bob@example.com now?"]
    assert question_of("", said, workspace) == "Where is parcel of [email] now?"
    assert question_of("Thanks!", ["ok", "size M"], workspace) == ""


def test_embeddings_of_a_model_are_paid_once_a_text_and_counted(
    agent: Agent, settings: Any, tmp_path: Path
) -> None:
    ask_gift(agent, times=6)
    prices = tmp_path / "prices.toml"
    prices.write_text("[local-embedding-1]\ninput = 1000\noutput = 0\n")
    settings.MODEL_PRICES_FILE = str(prices)
    with serving() as url:
        settings.OPENAI_BASE_URL = url
        assert estimate_discovery(agent, MONDAY) >= Decimal("0.45")
        [cluster] = discover(agent, MONDAY, NOW)
    row = Discovery.objects.get()
    # Two different texts of about eight tokens: the six conversations cost no more.
    assert cluster.volume == 6 and row.vectors == "local-embedding-1"
    assert Decimal("0.01") < row.cost_usd < Decimal("0.03")
    assert Spend.objects.get(scope=agent.budget_scope).usd == row.cost_usd


def test_a_cap_stops_the_search_before_anything_is_sent(agent: Agent, settings: Any) -> None:
    ask_gift(agent)
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    settings.EMBEDDING_MODEL = "text-embedding-3-large"
    Agent.objects.update(daily_budget_usd=0)
    agent.refresh_from_db()
    with pytest.raises(ModelError, match="leaves no room"):
        discover(agent, MONDAY, NOW)
    assert Discovery.objects.get().state == "skipped"
    Agent.objects.update(run_budget_usd=0)
    agent.refresh_from_db()
    with pytest.raises(BudgetExhausted, match="cap for a run"):
        start_discovery(agent, MONDAY, NOW)


def test_a_model_that_cannot_be_reached_leaves_the_search_waiting(
    agent: Agent, settings: Any
) -> None:
    ask_gift(agent)
    settings.LLM_RETRIES = 0
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    settings.EMBEDDING_MODEL = "text-embedding-3-small"
    with pytest.raises(ModelError, match="connection lost"):
        discover(agent, MONDAY, NOW)
    row = Discovery.objects.get()
    assert row.state == "pending" and row.lease_until == NOW + timedelta(minutes=2)
    settings.OPENAI_BASE_URL, settings.EMBEDDING_MODEL = "", "local-embedding-1"
    work_discoveries(lambda: NOW + timedelta(minutes=3))
    assert Discovery.objects.get().state == "done"
