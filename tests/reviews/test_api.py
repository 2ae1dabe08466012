"""The review queue over REST."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from context.models import Agent
from reviews.models import Queue, QueueItem, Review, Verdict
from reviews.queue.sampling import build_queue
from testing.models import Case
from tests.make import make_agent, make_client, make_key, make_workspace
from tests.reviews.material import in_parallel, make_reviewer, make_reviews

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/agents/bot"


def make_today(agent: Agent, grades: list[int]) -> Queue:
    """Today's queue, over conversations that ended yesterday."""
    today = agent.local_date(timezone.now())
    make_reviews(agent, grades, today - timedelta(days=1))
    return build_queue(agent, today, timezone.now())


@pytest.fixture
def agent() -> Agent:
    return make_agent(queue_capacity=5)


@pytest.fixture
def client(agent: Agent) -> Client:
    """A client with all scopes whose key ada, a reviewer, has made."""
    ada = make_reviewer(agent, "ada")
    return make_client(make_key(agent.workspace, by=ada))


def post(client: Client, path: str, body: Any = None, **headers: str) -> Any:
    return client.post(f"{ROOT}/{path}", body or {}, "application/json", headers=headers)


def get(client: Client, path: str) -> Any:
    response = client.get(f"{ROOT}/{path}")
    assert response.status_code == 200, response.content
    return response.json()


def passed(claimed: dict[str, Any]) -> dict[str, Any]:
    return {"answers": {one["key"]: {"verdict": "pass"} for one in claimed["criteria"]}}


def test_the_queue_shows_what_was_drawn_and_why(agent: Agent, client: Client) -> None:
    queue = make_today(agent, [5] * 20 + [2] * 4)
    body = get(client, "queue/")
    assert body["date"] == queue.date.isoformat()
    assert body["population"] == 24
    assert body["progress"] == {"open": 5, "claimed": 0, "done": 0, "skipped": 0, "total": 5}
    assert sum(stratum["drawn"] for stratum in body["strata"]) == 5
    assert [item["position"] for item in body["data"]] == [0, 1, 2, 3, 4]
    assert body["data"][0]["reason"].startswith("random check")
    assert 0 < body["data"][0]["inclusion_probability"] <= 1


def test_a_queue_of_another_date_and_none_at_all(agent: Agent, client: Client) -> None:
    assert get(client, "queue/") == {
        "date": None, "population": 0, "strata": [], "progress": {}, "data": [],
        "next_cursor": None,
    }  # fmt: skip
    make_today(agent, [5])
    assert get(client, "queue/?date=2020-01-01")["date"] is None
    response = client.get(f"{ROOT}/queue/?date=2020-13-01")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "date")


def test_claim_decide_and_go_on_until_the_queue_is_empty(agent: Agent, client: Client) -> None:
    make_today(agent, [5] * 3)
    for _ in range(3):
        claimed = post(client, "queue/next/").json()
        assert claimed["claimed_by"] == "ada"
        assert [message["author"] for message in claimed["messages"]] == ["customer", "ai"]
        response = post(client, f"queue/{claimed['id']}/verdict/", passed(claimed))
        assert response.status_code == 201, response.content
        assert response.json()["passed"]
    empty = post(client, "queue/next/")
    assert (empty.status_code, empty.content) == (204, b"")
    assert len(get(client, "verdicts/")["data"]) == 3


def test_an_item_costs_a_fixed_number_of_queries(
    agent: Agent, client: Client, django_assert_num_queries: Any
) -> None:
    make_today(agent, [5] * 3)
    post(client, "queue/next/")
    with django_assert_num_queries(9):
        claimed = post(client, "queue/next/").json()
    with django_assert_num_queries(12):
        post(client, f"queue/{claimed['id']}/verdict/", passed(claimed))


def test_the_judge_is_hidden_where_the_item_is_blind(agent: Agent, client: Client) -> None:
    make_today(agent, [5])
    claimed = post(client, "queue/next/").json()
    assert claimed["blind"]
    assert claimed["review"] is None
    assert "grade" not in str(claimed["criteria"])


def test_a_verdict_makes_a_case_and_a_proposal(agent: Agent, client: Client) -> None:
    make_today(agent, [2])
    claimed = post(client, "queue/next/").json()
    body = passed(claimed) | {
        "root_cause": "missing_context",
        "make_case": {"question": "How?", "expected_facts": ["30 days"]},
        "make_proposal": {"title": "Returns", "body": "Within 30 days."},
    }
    made = post(client, f"queue/{claimed['id']}/verdict/", body).json()
    assert Case.objects.get().pk == made["case"]
    assert made["proposal"] is not None


def test_a_lost_lease_is_a_conflict(agent: Agent, client: Client) -> None:
    make_today(agent, [5])
    ben = make_reviewer(agent, "ben")
    claimed = post(client, "queue/next/").json()
    QueueItem.objects.update(claimed_by=ben)
    for step, body in (
        ("verdict", passed(claimed)), ("skip", {"reason": "x"}), ("release", {}),
    ):  # fmt: skip
        response = post(client, f"queue/{claimed['id']}/{step}/", body)
        assert (response.status_code, response.json()["code"]) == (409, "lease_lost")
    assert not Verdict.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "answers"),
        ({"answers": []}, "answers"),
        ({"answers": {"tone": {"verdict": "maybe"}}}, "answers.tone.verdict"),
        ({"answers": {"tone": {"verdict": "pass"}}}, "answers.resolved"),
        ({"answers": {}, "root_couse": "x"}, "root_couse"),
        ({"answers": {}, "make_case": {"question": ""}}, "make_case.question"),
        ({"answers": {}, "reviewer": "nobody"}, "reviewer"),
        ({"answers": {}, "note": "a\0b"}, "note"),
        ({"answers": {}, "make_proposal": {"title": "x", "body": "  "}}, "make_proposal.body"),
    ],
)
def test_a_verdict_that_does_not_fit_names_the_field(
    agent: Agent, client: Client, body: dict[str, Any], field: str
) -> None:
    make_today(agent, [5])
    claimed = post(client, "queue/next/").json()
    response = post(client, f"queue/{claimed['id']}/verdict/", body)
    assert response.status_code == 422
    assert field in [fault["field"] for fault in response.json()["errors"]]
    assert not Verdict.objects.exists()


def test_malformed_json_is_a_400(agent: Agent, client: Client) -> None:
    make_today(agent, [5])
    response = client.post(f"{ROOT}/queue/next/", "{", "application/json")
    assert response.status_code == 400


def test_a_member_is_named_and_must_be_a_reviewer(agent: Agent, client: Client) -> None:
    make_today(agent, [5] * 2)
    make_reviewer(agent, "ben")
    make_reviewer(agent, "vera", Role.VIEWER)
    assert post(client, "queue/next/", {"reviewer": "ben"}).json()["claimed_by"] == "ben"
    assert post(client, "queue/next/", {"reviewer": "vera"}).status_code == 422


def test_skip_gives_a_replacement_and_release_puts_back(agent: Agent, client: Client) -> None:
    make_today(agent, [5] * 20)
    claimed = post(client, "queue/next/").json()
    assert post(client, f"queue/{claimed['id']}/skip/", {}).status_code == 422
    assert post(client, f"queue/{claimed['id']}/skip/", {"reason": " "}).status_code == 422
    skipped = post(client, f"queue/{claimed['id']}/skip/", {"reason": "in Finnish"}).json()
    assert skipped["replacement"]["position"] == claimed["position"]
    again = post(client, "queue/next/").json()
    assert again["id"] == skipped["replacement"]["id"]
    assert post(client, f"queue/{again['id']}/release/").status_code == 204
    assert get(client, "queue/")["progress"]["open"] == 5


def test_a_repeated_post_with_a_key_claims_once(agent: Agent, client: Client) -> None:
    make_today(agent, [5] * 3)
    first = post(client, "queue/next/", **{"Idempotency-Key": "k1"})
    second = post(client, "queue/next/", **{"Idempotency-Key": "k1"})
    assert first.json()["id"] == second.json()["id"]
    assert QueueItem.objects.filter(state="claimed").count() == 1


def test_another_workspaces_items_are_not_there(agent: Agent, client: Client) -> None:
    other = make_agent(make_workspace("other"))
    queue = make_today(other, [5])
    item = queue.items.get()
    bodies: dict[str, dict[str, Any]] = {
        "verdict": {"answers": {}}, "skip": {"reason": "x"}, "release": {},
    }  # fmt: skip
    for step, body in bodies.items():
        assert post(client, f"queue/{item.pk}/{step}/", body).status_code == 404
    assert get(client, "reviews/")["data"] == []
    assert post(client, "queue/next/").status_code == 204


def test_reading_needs_the_read_scope_and_claiming_the_review_scope(agent: Agent) -> None:
    reader = make_client(make_key(agent.workspace, "read"))
    assert reader.get(f"{ROOT}/queue/").status_code == 200
    assert post(reader, "queue/next/").status_code == 403
    worker = make_client(make_key(agent.workspace, "review"))
    assert worker.get(f"{ROOT}/reviews/").status_code == 403


def test_reviews_are_listed_by_day_state_and_result(agent: Agent, client: Client) -> None:
    make_reviews(agent, [5, 1])
    Review.objects.filter(passed=True).update(missing_fact="a fact")
    body = get(client, "reviews/?passed=false")
    (review,) = body["data"]
    assert (review["passed"], review["score"], review["model"]) == (False, 0, "local-1")
    assert {result["key"] for result in review["results"] if result["verdict"] == "fail"} == {
        "grounded"
    }
    assert len(get(client, "reviews/?day=2026-11-17&state=done")["data"]) == 2
    assert get(client, "reviews/?day=2026-11-16")["data"] == []
    assert client.get(f"{ROOT}/reviews/?state=odd").status_code == 422


def test_lists_go_on_by_cursor_with_few_queries(
    agent: Agent, client: Client, django_assert_max_num_queries: Any
) -> None:
    make_reviews(agent, [5] * 7)
    with django_assert_max_num_queries(7):
        first = get(client, "reviews/?limit=4")
    second = get(client, f"reviews/?limit=4&cursor={first['next_cursor']}")
    ids = [row["id"] for row in first["data"] + second["data"]]
    assert len(set(ids)) == 7
    assert second["next_cursor"] is None


def test_the_figure_comes_with_its_interval_or_the_reason(agent: Agent, client: Client) -> None:
    agent.queue_capacity = 30
    agent.save()
    make_today(agent, [5] * 40)
    assert get(client, "quality/")["reason"].startswith("insufficient data")
    while (response := post(client, "queue/next/")).status_code == 200:
        claimed = response.json()
        post(client, f"queue/{claimed['id']}/verdict/", passed(claimed))
    figure = get(client, "quality/")
    assert (figure["value"], figure["high"], figure["n"]) == (1.0, 1.0, 30)
    assert 0.8 < figure["low"] < 1
    assert client.get(f"{ROOT}/quality/?from=2026-11-02&to=2026-11-01").status_code == 422


@pytest.mark.django_db(transaction=True)
def test_thirty_two_clients_never_get_one_item_and_never_lose_a_verdict() -> None:
    agent = make_agent(queue_capacity=64)
    names = [f"reviewer-{number}" for number in range(32)]
    people = [make_reviewer(agent, name) for name in names]
    make_today(agent, [5] * 64)
    key = make_key(agent.workspace, by=people[0])

    def work(number: int) -> list[int]:
        client, done = make_client(key), []
        who = {"reviewer": names[number]}
        while (response := post(client, "queue/next/", who)).status_code == 200:
            claimed = response.json()
            sent = post(client, f"queue/{claimed['id']}/verdict/", passed(claimed) | who)
            assert sent.status_code == 201, sent.content
            done.append(claimed["id"])
        assert response.status_code == 204
        return done

    ids = [pk for done in in_parallel(32, work) for pk in done]
    assert len(ids) == len(set(ids)) == 64
    assert Verdict.objects.count() == 64
