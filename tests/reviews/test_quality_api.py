"""The quality figure over REST: windows, segments, and one window against another."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from context.models import Agent
from llm.states import WorkState
from reviews.desk.verdicts import record_verdict
from reviews.models import Criterion, Review, Scorecard
from reviews.queue.claims import claim_next
from tests.make import NOW, make_agent, make_client, make_key
from tests.reviews.material import DAY, answers, make_queue, make_reviewer

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/agents/bot/quality/"
MONDAY = date(2026, 11, 9)


@pytest.fixture
def agent() -> Agent:
    return make_agent(queue_capacity=30)


@pytest.fixture
def client(agent: Agent) -> Client:
    """A client that may read."""
    return make_client(make_key(agent.workspace))


def judge_day(agent: Agent, day: date, failed: set[int]) -> None:
    """A worked day of 100 conversations; the grades named in `failed` fail."""
    queue = make_queue(agent, [5] * 80 + [1] * 20, day + timedelta(days=1))
    user = make_reviewer(agent, f"ada-{day}")
    while (item := claim_next(agent, user, NOW, queue_date=queue.date)) is not None:
        grounded = "fail" if item.stratum.grade in failed else "pass"
        record_verdict(item, user, answers(item, grounded=grounded), at=NOW)


def get(client: Client, **query: str) -> Any:
    response = client.get(ROOT, query)
    assert response.status_code == 200, response.content
    return response.json()


def test_a_week_is_named_and_a_day_is_wide(agent: Agent, client: Client) -> None:
    judge_day(agent, MONDAY, {1})
    week = get(client, week="2026-W46")
    assert (week["first_day"], week["last_day"]) == ("2026-11-09", "2026-11-15")
    day = get(client, **{"from": str(MONDAY), "to": str(MONDAY)})
    assert day["value"] == week["value"] == pytest.approx(0.8)
    assert day["wide"] is True
    assert day["segment"] == {"release": None, "topic": None, "channel": None, "language": None}


def test_two_windows_are_compared_with_an_interval_and_words(agent: Agent, client: Client) -> None:
    judge_day(agent, MONDAY, {1, 5})
    judge_day(agent, DAY, set())
    days = {"from": str(DAY), "to": str(DAY)}
    found = get(client, **days, compare_from=str(MONDAY), compare_to=str(MONDAY))
    assert found["compared"]["value"] == 0.0
    difference = found["difference"]
    assert (difference["value"], difference["method"]) == (1.0, "MOVER")
    assert 0 < difference["low"] < 1
    assert difference["direction"] == "better"
    assert difference["text"].endswith("points: a clear rise")


def test_a_difference_that_may_be_none_is_called_no_clear_change(
    agent: Agent, client: Client
) -> None:
    judge_day(agent, MONDAY, {1})
    judge_day(agent, DAY, {1})
    days = {"from": str(DAY), "to": str(DAY)}
    difference = get(client, **days, compare_from=str(MONDAY), compare_to=str(MONDAY))["difference"]
    assert difference["low"] < 0 < difference["high"]
    assert difference["text"].startswith("could be −")
    assert difference["text"].endswith("points: no clear change")


def test_a_window_without_a_figure_cannot_be_compared(agent: Agent, client: Client) -> None:
    judge_day(agent, DAY, {1})
    found = get(
        client,
        **{"from": str(DAY), "to": str(DAY)},
        compare_from="2026-11-02",
        compare_to="2026-11-08",
    )
    assert found["difference"]["value"] is None
    assert found["difference"]["direction"] == "unknown"
    assert "the earlier window" in found["difference"]["reason"]


def test_windows_that_overlap_are_not_compared(agent: Agent, client: Client) -> None:
    found = get(client, week="2026-W46", compare_from="2026-11-15", compare_to="2026-11-20")
    assert found["difference"]["reason"] == "the two windows overlap"


def test_a_change_of_scorecard_forbids_the_comparison_and_shows_as_an_era(
    agent: Agent, client: Client
) -> None:
    judge_day(agent, MONDAY, {1})
    judge_day(agent, DAY, {1})
    old = Scorecard.objects.get()
    old.active = False
    old.save(update_fields=["active"])
    new = Scorecard.objects.create(agent=agent, version=2, created_at=NOW)
    Criterion.objects.create(scorecard=new, key="policy", name="Policy", question="?", position=0)
    Review.objects.filter(day=DAY).update(scorecard=new)
    days = {"from": str(MONDAY), "to": str(DAY)}
    eras = get(client, **days)["eras"]
    assert [(era["first_day"], era["scorecard"]) for era in eras] == [
        (str(MONDAY), 1),
        (str(DAY), 2),
    ]
    days = {"from": str(DAY), "to": str(DAY)}
    difference = get(client, **days, compare_from=str(MONDAY), compare_to=str(MONDAY))["difference"]
    assert "scorecard 2 counts since 17 November" in difference["reason"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-11-02", "to": "2026-11-01"}, "from"),
        ({"from": "2020-11-02", "to": "2026-11-01"}, "from"),
        ({"week": "2026-W99"}, "week"),
        ({"week": "2026-W46", "to": "2026-11-01"}, "week"),
        ({"release": "two"}, "release"),
        ({"release": "9" * 20}, "release"),
        ({"compare_from": "2026-11-02"}, "compare_from"),
        ({"compare_from": "2026-11-02", "compare_to": "2026-11-01"}, "compare_from"),
        ({"compare_from": "yesterday"}, "compare_from"),
    ],
)
def test_a_query_that_means_nothing_names_its_field(
    client: Client, query: dict[str, str], field: str
) -> None:
    response = client.get(ROOT, query)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field


def test_the_figure_takes_few_queries(
    agent: Agent, client: Client, django_assert_max_num_queries: Any
) -> None:
    judge_day(agent, MONDAY, {1})
    judge_day(agent, DAY, {1})
    assert Review.objects.filter(state=WorkState.DONE).count() == 200
    query = {"week": "2026-W47", "compare_from": "2026-11-09", "compare_to": "2026-11-15"}
    with django_assert_max_num_queries(24):
        get(client, **query, topic="")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_without_days_around_it_is_refused(client: Client, day: str) -> None:
    assert client.get(ROOT, {"to": day}).status_code == 422
    assert client.get(ROOT, {"compare_from": day, "compare_to": day}).status_code == 422
    for path in ("exports/reviews.csv", "exports/verdicts.jsonl", "queue/"):
        answer = client.get(f"/api/v1/agents/bot/{path}", {"to": day, "date": day})
        assert answer.status_code == 422, path
