"""The impact page opens every number: verdicts, days, methods; REST and CSV give the same."""

import csv
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, Role
from context.charts.specs import SCREEN
from context.impacts.measuring import measure_impacts
from context.models import Agent, Impact, Release
from tests.context.impact_material import count_days, days_from, go_live
from tests.make import make_agent, make_client, make_key, make_member

pytestmark = pytest.mark.django_db
BASE = "/acme/bot/releases/2/impact"


@pytest.fixture
def agent() -> Agent:
    """A release with a clear effect that went live twelve days ago, after five quiet weeks."""
    agent = make_agent(required_checks="")
    start = timezone.now().date() - timedelta(days=12)
    old = go_live(agent, start - timedelta(weeks=5), prompt="old")
    new = go_live(agent, start, prompt="new")
    count_days(agent, old, days_from(start - timedelta(weeks=5), 35), topic="returns")
    count_days(agent, new, days_from(start + timedelta(days=1), 10), 0.09, topic="returns")
    measure_impacts(agent, timezone.now())
    return agent


def logged_in(agent: Agent, role: str = Role.MANAGER) -> Client:
    """A client in which somebody with the role has logged in."""
    client = Client()
    client.force_login(make_member(agent.workspace, role=role))
    return client


def test_the_page_says_the_verdict_its_method_and_its_days(agent: Agent) -> None:
    html = logged_in(agent).get(f"{BASE}/").content.decode()
    assert "AI resolved improved: +" in html
    assert "associated with release 2." in html
    assert "Weekday regression, days weighted" in html
    assert "as one of 1 (primary figure)" in html
    assert "In the last year 1 release had a primary figure" in html
    assert html.count('scope="row" class="nowrap"') == 36
    assert "release 2 went live" in html
    assert "the prompt changed, which touches every topic".capitalize() in html


def test_the_chart_holds_the_days_and_the_usual_range(agent: Agent) -> None:
    page = logged_in(agent).get(f"{BASE}/")
    spec = page.context["chart"]
    assert len(spec["data"]["values"]) == 35
    assert {"value", "within", "fitted", "n"} <= set(spec["data"]["values"][0])
    assert any(
        layer["mark"] == {"type": "rect", "fill": SCREEN["shade"]} for layer in spec["layer"]
    )


def test_a_figure_that_nothing_was_counted_of_says_what_is_missing(agent: Agent) -> None:
    html = logged_in(agent).get(f"{BASE}/?figure=csat").content.decode()
    assert "Of CSAT nothing can be said yet." in html
    assert "Nothing was counted." in html


def test_a_release_that_was_never_live_has_no_impact(agent: Agent) -> None:
    Release.objects.create(agent=agent, number=9, prompt="x", created_at=timezone.now())
    html = logged_in(agent).get("/acme/bot/releases/9/impact/").content.decode()
    assert "It was never live" in html
    assert logged_in_again(agent).get("/acme/bot/releases/77/impact/").status_code == 404


def logged_in_again(agent: Agent) -> Client:
    """Somebody else."""
    client = Client()
    client.force_login(make_member(agent.workspace, username="bob"))
    return client


def test_the_first_release_says_why_there_is_nothing(agent: Agent) -> None:
    html = logged_in(agent).get("/acme/bot/releases/1/impact/").content.decode()
    assert "No release was live before it." in html


def test_the_file_holds_the_days_of_every_figure(agent: Agent) -> None:
    text = logged_in(agent).get(f"{BASE}.csv?figure=ai_resolved").content.decode()
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 36
    assert rows[0]["figure"] == "ai_resolved"
    assert float(rows[0]["fitted"]) == pytest.approx(float(rows[0]["value"]), abs=0.05)
    assert [row["out"] for row in rows if row["out"]] == ["release 2 went live"]


def test_a_manager_leaves_a_day_out_and_lets_it_count_again(agent: Agent) -> None:
    client = logged_in(agent)
    day = timezone.now().date() - timedelta(days=20)
    sent = {"date": day.isoformat(), "reason": "Outage of the helpdesk"}
    for _ in range(2):
        client.post(f"{BASE}/days/", sent)
    html = client.get(f"{BASE}/").content.decode()
    assert "Outage of the helpdesk" in html and "is left out already" in html
    assert AuditEntry.objects.filter(action="day.left_out").count() == 1
    client.post(f"{BASE}/days/{agent.days_left_out.get().pk}/again/")
    assert not agent.days_left_out.exists()
    assert (
        "This field is required"
        in client.post(f"{BASE}/days/", {"date": ""}, follow=True).content.decode()
    )


def test_a_viewer_may_read_and_not_leave_out(agent: Agent) -> None:
    client = logged_in(agent, Role.VIEWER)
    assert client.get(f"{BASE}/").status_code == 200
    assert client.post(f"{BASE}/days/", {}).status_code == 403


def test_rest_gives_what_the_page_shows(agent: Agent) -> None:
    client = make_client(make_key(agent.workspace))
    body = client.get("/api/v1/agents/bot/releases/2/impact/").json()
    first = body["data"][0]
    assert (first["figure"], first["role"], first["verdict"]) == (
        "ai_resolved", "primary", "improved",
    )  # fmt: skip
    assert first["association"] == "associated with"
    assert len(first["days"]) == 36
    assert {one["kind"] for one in first["evidence"]} >= {"raw", "mix", "band", "control"}
    assert body["alarms"]["seen"] == 1
    assert [(one["release"], one["split"]) for one in body["alarms"]["tested"]] == [(2, False)]
    assert client.get("/api/v1/agents/bot/releases/2/impact/?live=2").status_code == 404


def test_the_page_needs_the_same_queries_however_long_the_history(
    agent: Agent, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, now = logged_in(agent), timezone.now()
    measured = Impact.objects.filter(release__number=2)
    for impact in list(measured):
        impact.pk, impact.computed_at = None, now - timedelta(days=1)
        impact.save()
    with django_assert_max_num_queries(25):
        client.get(f"{BASE}/")


def test_the_page_of_the_release_leads_to_it(agent: Agent) -> None:
    html = logged_in(agent).get("/acme/bot/releases/2/").content.decode()
    assert f'href="{BASE}/"' in html
