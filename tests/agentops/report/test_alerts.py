"""A figure that leaves its usual range: one alert an excursion, until somebody has looked."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from agentops.report.watching import keep_alerts
from context.measurements import SegmentCount, replace
from context.models import Agent, Alert, Figure, MailDelivery, ReportRecipient
from tests.make import PASSWORD, make_agent, make_member

pytestmark = pytest.mark.django_db
LAST = date(2026, 11, 16)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
STEADY = [0.40, 0.41, 0.39, 0.40, 0.42, 0.40, 0.39, 0.41, 0.40, 0.41, 0.40, 0.39]


@pytest.fixture
def agent() -> Agent:
    """An agent whose admin is ada."""
    agent = make_agent()
    make_member(agent.workspace)
    return agent


def make_history(agent: Agent, shares: list[float], weeks_ago: int = 0, n: int = 1000) -> None:
    """Weeks whose last is LAST or so long ago, with these shares of conversations answered."""
    for back, share in enumerate(reversed(shares), start=weeks_ago):
        day = LAST - timedelta(weeks=back)
        counts = {Figure.CONVERSATIONS: n, Figure.AI_ANSWERED: round(n * share)}
        rows = [SegmentCount(day, figure, n=n, total=total) for figure, total in counts.items()]
        replace(agent, {day}, set(counts), rows)


def test_a_steady_figure_raises_nothing(agent: Agent) -> None:
    make_history(agent, STEADY)
    assert keep_alerts(agent, NOW) == []


def test_a_fall_is_told_once_however_often_it_is_seen(agent: Agent) -> None:
    make_history(agent, [*STEADY, 0.21])
    [alert] = keep_alerts(agent, NOW)
    assert (alert.figure, alert.week, alert.value) == ("ai_answered", "2026-W47", 0.21)
    assert alert.low > 0.21
    assert not alert.is_high
    assert keep_alerts(agent, NOW) == []
    assert Alert.objects.count() == 1


def test_a_fall_that_lasts_is_one_alert_and_ends_when_the_figure_is_back(agent: Agent) -> None:
    course = [*STEADY, 0.21, 0.20, 0.40]
    for ended in (2, 1, 0):
        make_history(agent, course[: len(course) - ended], weeks_ago=ended)
        keep_alerts(agent, NOW - timedelta(weeks=ended))
        [alert] = Alert.objects.all()
    assert (alert.first_monday, alert.last_monday) == (
        LAST - timedelta(weeks=2),
        LAST - timedelta(weeks=1),
    )
    assert alert.ended_monday == LAST


def test_little_history_raises_nothing(agent: Agent) -> None:
    make_history(agent, [0.4] * 8 + [0.1])
    assert keep_alerts(agent, NOW) == []


def test_late_data_that_heal_a_week_end_its_alert(agent: Agent) -> None:
    make_history(agent, [*STEADY, 0.21])
    keep_alerts(agent, NOW)
    make_history(agent, [*STEADY, 0.40])
    keep_alerts(agent, NOW)
    assert Alert.objects.get().ended_monday == LAST


def test_who_wants_alerts_gets_a_letter(agent: Agent) -> None:
    for address, wants in (("a@x.example", True), ("b@x.example", False)):
        ReportRecipient.objects.create(agent=agent, address=address, alerts=wants, added_at=NOW)
    make_history(agent, [*STEADY, 0.21])
    keep_alerts(agent, NOW)
    keep_alerts(agent, NOW)
    assert [row.address for row in MailDelivery.objects.all()] == ["a@x.example"]


def test_an_alert_waits_on_today_until_it_is_acknowledged(agent: Agent, client: Client) -> None:
    make_history(agent, [*STEADY, 0.21])
    [alert] = keep_alerts(agent, NOW)
    client.login(username="ada", password=PASSWORD)
    page = client.get("/acme/bot/report/alerts/").content.decode()
    assert "AI answered 21.0 %" in page
    url = f"/acme/bot/report/alerts/{alert.pk}/"
    assert client.post(url, {"note": "the shop was down"}).status_code == 302
    alert.refresh_from_db()
    assert (alert.note, alert.is_open) == ("the shop was down", False)
    client.post(url, {"reopen": "1"})
    alert.refresh_from_db()
    assert alert.is_open


def test_a_reviewer_may_look_and_not_decide(agent: Agent, client: Client) -> None:
    make_history(agent, [*STEADY, 0.21])
    [alert] = keep_alerts(agent, NOW)
    client.force_login(make_member(agent.workspace, "eve", "reviewer"))
    assert "Acknowledge" not in client.get("/acme/bot/report/alerts/").content.decode()
    assert client.post(f"/acme/bot/report/alerts/{alert.pk}/").status_code == 403
