"""A week is told once; a final version follows the provisional one and changes nothing of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from agentops.report.compose import last_complete
from agentops.report.content import read
from agentops.report.keeping import keep_report, ripened
from context.models import Agent, WeeklyReport
from conversations.ingest import ingest
from tests.make import PASSWORD, make_agent, make_chat, make_member, make_workspace
from tests.pages.loop import make_loop

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 16)
LATER = datetime(2026, 11, 24, 9, tzinfo=UTC)
RIPE = LATER + timedelta(days=14)


@pytest.fixture
def agent() -> Agent:
    """An agent with two weeks of everything."""
    return make_loop(LATER)


def test_a_week_is_told_once(agent: Agent) -> None:
    first = keep_report(agent, MONDAY, LATER)
    again = keep_report(agent, MONDAY, LATER + timedelta(hours=1))
    assert first.pk == again.pk
    assert first.is_provisional
    assert read(first.data).conversations == 28


def test_late_news_do_not_change_what_was_told_and_make_a_final_version(agent: Agent) -> None:
    first = keep_report(agent, MONDAY, LATER)
    late = make_chat("late", opened_at="2026-11-18T09:00:00Z", closed_at="2026-11-18T09:10:00Z")
    ingest(agent, [late], now=LATER)
    assert read(keep_report(agent, MONDAY, LATER).data).conversations == 28
    assert ripened(agent, RIPE) == [MONDAY]
    final = keep_report(agent, MONDAY, RIPE)
    assert (final.version, final.status) == (2, "final")
    assert read(final.data).conversations == 29
    first.refresh_from_db()
    assert read(first.data).conversations == 28
    assert ripened(agent, RIPE) == []
    assert read(final.data).asks == read(first.data).asks


def test_a_week_told_late_is_final_at_once(agent: Agent) -> None:
    assert keep_report(agent, MONDAY, RIPE).status == "final"
    assert ripened(agent, RIPE) == []


def test_the_last_complete_week_is_that_of_the_workspace(agent: Agent) -> None:
    sunday_evening = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert last_complete(agent, sunday_evening) == date(2026, 11, 9)
    agent.workspace.time_zone = "Europe/Berlin"
    assert last_complete(agent, sunday_evening) == MONDAY


def test_the_pages_show_the_weeks_and_what_they_said(
    agent: Agent, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    keep_report(agent, MONDAY, LATER)
    keep_report(agent, MONDAY, RIPE)
    client.login(username="ada", password=PASSWORD)
    with django_assert_max_num_queries(16):
        page = client.get("/acme/bot/report/2026-W47/").content.decode()
    assert "28 conversations came in" in page
    assert "Nothing it says has changed" in page or "became" in page
    assert "provisional" in client.get("/acme/bot/report/2026-W47/?version=1").content.decode()
    assert "2026-W47" in client.get("/acme/bot/report/").content.decode()


def test_a_week_that_was_not_told_is_not_found(agent: Agent, client: Client) -> None:
    client.login(username="ada", password=PASSWORD)
    for address in ("2026-W40", "nonsense", "2026-11-18"):
        assert client.get(f"/acme/bot/report/{address}/").status_code == 404


def test_another_workspace_does_not_see_it(agent: Agent, client: Client) -> None:
    keep_report(agent, MONDAY, LATER)
    stranger = make_member(make_workspace("other"), "eve")
    client.force_login(stranger)
    assert client.get("/acme/bot/report/2026-W47/").status_code == 404


def test_an_agent_without_conversations_has_an_empty_list(client: Client) -> None:
    agent = make_agent()
    make_member(agent.workspace)
    client.login(username="ada", password=PASSWORD)
    assert "No week has been told yet" in client.get("/acme/bot/report/").content.decode()
    assert not WeeklyReport.objects.exists()
