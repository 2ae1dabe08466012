"""Files of reviews and verdicts: every row, stable ids, safe cells, nobody else's."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey, Role, Scope
from context.models import Agent
from reviews.models import Review, Verdict
from tests.make import make_agent, make_workspace
from tests.reviews.material import DAY, make_queue, make_reviewer, make_verdict

pytestmark = pytest.mark.django_db
DAYS = {"from": DAY.isoformat(), "to": DAY.isoformat()}


@pytest.fixture
def agent() -> Agent:
    found = make_agent(queue_capacity=4)
    make_queue(found, [5, 4, 3, 1])
    return found


def key_for(agent: Agent) -> str:
    return ApiKey.issue(agent.workspace, "export", list(Scope.values), None)[1]


def fetch(agent: Agent, name: str, key: str = "", **query: str) -> Any:
    return Client().get(
        f"/api/v1/agents/{agent.slug}/exports/{name}",
        DAYS | query,
        headers={"authorization": f"Bearer {key or key_for(agent)}", "accept": "text/csv"},
    )


def text_of(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def table(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text_of(response))))


def test_every_review_of_the_days_is_a_row_with_a_column_per_criterion(agent: Agent) -> None:
    response = fetch(agent, "reviews.csv")
    assert response.headers["Content-Type"].startswith("text/csv")
    assert f"bot-reviews-{DAY}-{DAY}.csv" in response.headers["Content-Disposition"]
    rows = table(response)
    assert [int(row["id"]) for row in rows] == sorted(Review.objects.values_list("pk", flat=True))
    assert {row["grounded"] for row in rows} == {"pass", "fail"}
    assert {row["grounded_quote"] for row in rows} == {"within 30 days"}
    assert table(fetch(agent, "reviews.csv", **{"from": "2026-01-01", "to": "2026-01-02"})) == []


def test_verdicts_carry_their_draw_and_withdrawn_ones_stay(agent: Agent) -> None:
    ada = make_reviewer(agent)
    first, second = make_verdict(agent, ada), make_verdict(agent, ada)
    Verdict.objects.filter(pk=second.pk).update(withdrawn_at=second.created_at)
    rows = [json.loads(line) for line in text_of(fetch(agent, "verdicts.jsonl")).splitlines()]
    assert [row["id"] for row in rows] == [first.pk, second.pk]
    assert [row["withdrawn_at"] is None for row in rows] == [True, False]
    assert rows[0]["inclusion_probability"] == 1
    assert rows[0]["answers"]["resolved"] == "pass"
    (plain, _) = table(fetch(agent, "verdicts.csv"))
    assert (plain["reviewer"], plain["resolved"], plain["slot"]) == ("ada", "pass", "1")


def test_a_cell_that_a_spreadsheet_would_run_is_text(agent: Agent) -> None:
    Review.objects.update(question="=HYPERLINK(1)")
    assert {row["question"] for row in table(fetch(agent, "reviews.csv"))} == {"'=HYPERLINK(1)"}


def test_what_there_is_not_is_a_404_and_a_wrong_period_a_422(agent: Agent) -> None:
    assert fetch(agent, "reviews.xlsx").status_code == 404
    assert fetch(agent, "secrets.csv").status_code == 404
    assert fetch(agent, "reviews.csv", **{"from": "2026-12-01"}).status_code == 422
    assert fetch(agent, "reviews.csv", **{"from": "soon"}).status_code == 422
    stranger = make_agent(make_workspace("other"), "spy")
    assert fetch(agent, "reviews.csv", key_for(stranger)).status_code == 404


def test_a_manager_downloads_from_the_page_and_a_reviewer_cannot(agent: Agent) -> None:
    boss, bob = Client(), Client()
    boss.force_login(make_reviewer(agent, "boss", Role.MANAGER))
    bob.force_login(make_reviewer(agent, "bob"))
    args = [agent.workspace.slug, agent.slug]
    page, file = reverse("reviews:exports", args=args), reverse("reviews:export", args=args)
    assert "Download" in boss.get(page).content.decode()
    assert len(table(boss.get(file, DAYS | {"file": "reviews.csv"}))) == 4
    assert boss.get(file, DAYS | {"file": "reviews"}).status_code == 404
    assert bob.get(page).status_code == 403
    assert bob.get(file, DAYS | {"file": "reviews.csv"}).status_code == 403
