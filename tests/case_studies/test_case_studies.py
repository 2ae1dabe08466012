"""The figures of the published case studies, out of conversations, exactly as their reports say."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agentops.report.compose import compose
from agentops.report.sentences import sections
from context.models import Agent
from conversations.figures import monday_of
from conversations.ingest import ingest
from tests.case_studies.chats import chats
from tests.case_studies.studies import OUTERWEAR, SUPPLEMENTS, Study
from tests.make import make_agent, make_client, make_key, make_member

pytestmark = pytest.mark.django_db
LATER = datetime(2025, 12, 1, tzinfo=UTC)


def make_study(study: Study) -> Agent:
    """An agent with the study's conversations on their own days."""
    agent = make_agent()
    results = ingest(agent, chats(study), now=LATER)
    assert {result.status for result in results} == {"created"}
    return agent


def weekly(agent: Agent, first: str, last: str) -> dict[str, Any]:
    """The answer of `metrics/weekly/`."""
    client = make_client(make_key(agent.workspace, "read"))
    address = f"/api/v1/agents/{agent.slug}/metrics/weekly/"
    return client.get(address, {"from": first, "to": last}).json()


def values(answer: dict[str, Any], figure: str) -> list[float]:
    """A figure week by week."""
    return [week["figures"][figure]["value"] for week in answer["data"]]


def texts(answer: dict[str, Any]) -> dict[str, str]:
    """What a report would write of each figure."""
    return {change["figure"]: change["text"] for change in answer["changes"]}


def test_six_weeks_of_the_supplements_brand_read_as_in_its_report() -> None:
    agent = make_study(SUPPLEMENTS)
    answer = weekly(agent, "2025-W32", "2025-W37")
    assert values(answer, "ai_answered") == [0.28, 0.29, 0.30, 0.31, 0.33, 0.37]
    assert (values(answer, "csat")[0], min(values(answer, "csat"))) == (4.87, 4.07)
    said = texts(answer)
    assert said["ai_answered"] == "28 % → 37 %, +32 %"
    assert said["ai_snooze"] == "6 % → 15 %, +150 %"
    assert said["ai_handover"] == "16 % → 20 %, +25 %"
    assert said["ai_close"] == said["ai_ignore"] == "0 % → 0 %"
    assert said["csat"] == "4.87 → low 4.07 → 4.70"


def test_from_18_august_to_1_september_answers_rose_by_a_tenth() -> None:
    answer = weekly(make_study(SUPPLEMENTS), "2025-08-18", "2025-09-01")
    assert texts(answer)["ai_answered"] == "30 % → 33 %, +10 %"


def test_the_outerwear_brand_reads_as_in_its_report() -> None:
    answer = weekly(make_study(OUTERWEAR), "2025-W32", "2025-W39")
    assert texts(answer)["ai_answered"] == "37 % → 66 %, +78 %"
    assert all(4.6 <= value <= 4.7 for value in values(answer, "csat"))
    scores = [week["figures"]["csat"] for week in answer["data"]]
    overall = sum(score["value"] * score["n"] for score in scores) / sum(s["n"] for s in scores)
    assert overall == pytest.approx(4.65)
    handover = next(one for one in answer["changes"] if one["figure"] == "ai_handover")
    assert handover["highest"] == {"week": "2025-W33", "value": 0.723}
    assert handover["lowest"] == {"week": "2025-W37", "value": 0.655}
    down = weekly(Agent.objects.get(), "2025-W33", "2025-W37")
    assert texts(down)["ai_handover"] == "72.3 % → 65.5 %, −9 %"
    assert values(answer, "ai_handover")[-1] > 0.655


def test_answered_is_not_resolved_and_every_value_has_the_doubt_of_the_assumed_n() -> None:
    answer = weekly(make_study(SUPPLEMENTS), "2025-W32", "2025-W37")
    for week in answer["data"]:
        assert week["figures"]["ai_resolved"]["value"] == 0
        assert (week["figures"]["ai_answered"]["n"], week["figures"]["csat"]["n"]) == (400, 100)
        csat = week["figures"]["csat"]
        assert csat["low"] < csat["value"] < csat["high"]


def test_the_performance_page_prints_them(client: Client) -> None:
    agent = make_agent()
    last = monday_of(timezone.now().date()) - timedelta(weeks=2)
    first = last - timedelta(weeks=len(SUPPLEMENTS.weeks) - 1)
    ingest(agent, chats(SUPPLEMENTS, first), now=timezone.now())
    client.force_login(make_member(agent.workspace))
    address = reverse("shell:performance", args=[agent.workspace.slug, agent.slug])
    page = client.get(address).content.decode()
    for said in ["28 % → 37 %, +32 %", "6 % → 15 %, +150 %", "16 % → 20 %, +25 %"]:
        assert said in page
    assert "4.87 → low 4.07 → 4.70" in page
    weeks = [first + timedelta(weeks=number) for number in (2, 4)]
    named = [f"{d.isocalendar().year}-W{d.isocalendar().week:02}" for d in weeks]
    page = client.get(address, {"from": named[0], "to": named[1]}).content.decode()
    assert "30 % → 33 %, +10 %" in page and "28 % → 37 %" not in page


def test_the_weekly_report_prints_them() -> None:
    agent = make_study(SUPPLEMENTS)
    data = compose(agent, date(2025, 9, 8), LATER)
    said = [line.text for part in sections(data) for line in part.lines]
    assert any(text.startswith("AI answered: 37.0 % (") for text in said)
    assert any("+4.0 points on the week before" in text for text in said)
    assert any(text.startswith("CSAT: 4.70 (") for text in said)
    drawn = {(point.week, point.key): point.value for point in data.points}
    assert (drawn["2025-W32", "ai_answered"], drawn["2025-W34", "csat"]) == (0.28, 4.07)
