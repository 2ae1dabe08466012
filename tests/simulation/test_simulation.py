"""The simulated desk: the same seed gives the same figures, and only releases raise the share."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from rich.console import Console

from conversations.models import Conversation
from simulation.brand import Brand, all_brands, load_brand
from simulation.summary import SHOWN, print_table, summary
from simulation.weeks import Plan, kept_last_day, simulate

pytestmark = pytest.mark.django_db(transaction=True)
LAST_DAY = date(2026, 11, 22)
MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
PLAN = Plan(weeks=2, seed=7, last_day=LAST_DAY)


@pytest.fixture
def brand() -> Brand:
    """A smaller outerwear shop: a fifth of the traffic."""
    return replace(load_brand("outerwear"), conversations_a_day=6)


def figures(brand: Brand, plan: Plan) -> dict[str, Any]:
    return summary(simulate(brand, plan), plan.last_day, plan.weeks, MORNING)


def test_the_loop_teaches_the_agent_and_the_same_seed_gives_the_same_weeks(brand: Brand) -> None:
    first = figures(brand, PLAN)
    assert [row["number"] for row in first["releases"]] == [1, 2, 3]
    assert first["weeks"][1]["ai_answered"] > first["weeks"][0]["ai_answered"]
    assert first["reviews"] == Conversation.objects.count()
    assert first["verdicts"] > 0
    assert first["cases"] > 0
    assert first["simulated"]
    assert figures(brand, PLAN) == first


def test_without_releases_nothing_is_taught(brand: Brand) -> None:
    plan = replace(PLAN, releases=False)
    found = figures(brand, plan)
    assert [row["number"] for row in found["releases"]] == [1]
    assert kept_last_day("outerwear", plan) == LAST_DAY
    assert kept_last_day("outerwear", PLAN) is None


@pytest.mark.parametrize("name", all_brands())
def test_a_brand_is_told_apart_by_what_is_true(name: str) -> None:
    brand = load_brand(name)
    for topic in brand.topics:
        assert topic.is_answered_by(topic.fact)
        assert not topic.stale or not topic.is_answered_by(topic.stale)
        others = [other for other in brand.topics if other.slug != topic.slug and not other.person]
        assert topic.person or not any(topic.is_answered_by(other.fact) for other in others)


def test_the_table_is_whole_on_a_terminal_of_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    week = {"week": "2026-W46", "n": 999, "csat": 4.41, "csat_n": 999, "quality": 1.0}
    week |= {"release": 12, "provisional": True} | dict.fromkeys(SHOWN, 1.0)
    counts = dict.fromkeys(("reviews", "verdicts", "cases", "runs"), 0)
    print_table(Console(width=80), {"name": "Shop", "weeks": [week]} | counts)
    assert "…" not in capsys.readouterr().out
