"""Daily counts, and the weekly figures made of them alone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from context.models import Agent, Measurement
from conversations.figures import FIGURES, WeekFigures, weekly_figures
from conversations.ingest import ingest
from conversations.measure import measured_days, recount
from conversations.models import Conversation
from conversations.recompute import recompute_outcomes
from tests.make import NOW, make_agent, make_chat, make_live_release, make_workspace

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 16)


def week(agent: Agent, now: datetime = NOW, **segment: Any) -> WeekFigures:
    """The figures of the week of the test conversations."""
    [found] = weekly_figures(agent, MONDAY, MONDAY, now, **segment)
    return found


def make_mixture(agent: Agent) -> None:
    """Ten conversations of one day: of each kind as many as its name says."""
    closed = {"closed_at": "2026-11-17T12:00:00Z"}
    resolved = {"tags": ["ai_answered", "ai_close"]} | closed
    human = [("customer", "Hi, where is it?"), ("human", "On its way.")]
    asked = [("customer", "Where is it?"), ("ai", "Which order?")]
    helped = [("customer", "Where is it?"), ("ai", "Wait."), ("human", "Here.")]
    payloads = [
        *(make_chat(f"resolved-{n}", **resolved, topic="a", csat={"score": 5}) for n in range(4)),
        make_chat("silent", *asked, tags=["ai_answered", "ai_snooze", "ai_close"], **closed),
        make_chat("cold", *human, tags=["ai_handover"], csat={"score": 2}, **closed),
        make_chat("warm", *helped, tags=["ai_answered", "ai_handover"], **closed),
        make_chat("ignored", *human, tags=["ai_ignore"], csat={"score": 4}, **closed),
        make_chat("human", *human, survey_sent_at="2026-11-17T13:00:00Z", **closed),
        make_chat("mixed", *helped, csat={"score": 3}, **closed),
    ]
    results = ingest(agent, payloads, now=NOW)
    assert {result.status for result in results} == {"created"}


def test_each_figure_counts_what_its_definition_says() -> None:
    agent = make_agent()
    make_mixture(agent)
    found = week(agent)
    shares = {
        name: (round((figure.value or 0) * figure.n), figure.n)
        for name, figure in found.figures.items()
        if not name.startswith(("csat", "cost"))
    }
    assert found.n == 10
    assert shares == {
        "ai_answered": (7, 10),
        "ai_handover": (2, 10),
        "ai_handover_cold": (1, 10),
        "ai_snooze": (1, 10),
        "snooze_resolved": (0, 1),
        "snooze_handed_over": (0, 1),
        "snooze_silent": (1, 1),
        "ai_close": (5, 10),
        "ai_ignore": (1, 10),
        "ai_resolved": (4, 10),
        "ai_share_of_resolutions": (4, 9),
        "assisted_escalations": (0, 2),
        "response_rate": (7, 8),
        "reopen": (0, 10),
    }


def test_csat_is_shown_apart_for_ai_mixed_and_human() -> None:
    agent = make_agent()
    make_mixture(agent)
    figures = week(agent).figures
    means = {name: (figures[name].value, figures[name].n) for name in figures if "csat" in name}
    assert means == {
        "csat": (29 / 7, 7),
        "csat_ai": (5.0, 4),
        "csat_mixed": (3.0, 1),
        "csat_human": (3.0, 2),
    }
    csat = figures["csat"]
    assert csat.low is not None and csat.high is not None and csat.value is not None
    assert 1 <= csat.low < csat.value < csat.high <= 5


def test_answered_handed_over_and_resolved_overlap_only_as_they_may() -> None:
    agent = make_agent()
    make_mixture(agent)
    figures = week(agent).figures
    resolved, answered = figures["ai_resolved"].value, figures["ai_answered"].value
    assert resolved is not None and answered is not None and resolved < answered


def test_a_week_without_conversations_has_no_values_and_says_why() -> None:
    found = week(make_agent())
    assert found.n == 0
    assert set(found.figures) == set(FIGURES)
    assert all(figure.value is None and figure.reason for figure in found.figures.values())


def test_a_week_is_provisional_until_ten_days_after_it_ends() -> None:
    agent = make_agent()
    sunday_end = datetime(2026, 11, 23, tzinfo=UTC)
    assert week(agent, sunday_end + timedelta(days=9, hours=23)).provisional
    assert not week(agent, sunday_end + timedelta(days=10)).provisional


def test_days_and_weeks_are_those_of_the_workspace() -> None:
    agent = make_agent(make_workspace(time_zone="Pacific/Auckland"))
    ingest(agent, [make_chat(opened_at="2026-11-15T12:00:00Z", messages=[])], now=NOW)
    assert Conversation.objects.get().opened_on == date(2026, 11, 16)
    assert week(agent).n == 1


def test_a_segment_shows_its_own_figures() -> None:
    agent = make_agent()
    make_mixture(agent)
    assert week(agent, topic="a").n == 4
    assert week(agent, topic="").n == 6
    assert week(agent, channel="email").n == 0
    assert week(agent, release=1).n == 0


def test_a_week_names_the_releases_that_were_live_in_it() -> None:
    agent = make_agent()
    release = make_live_release(agent)
    before, during, after = weekly_figures(
        agent, MONDAY - timedelta(days=7), MONDAY + timedelta(days=7), NOW
    )
    assert (before.releases, during.releases, after.releases) == (
        [],
        [release.number],
        [release.number],
    )
    assert during.week == "2026-W47"


def test_two_years_take_two_queries_of_the_daily_counts() -> None:
    agent = make_agent()
    make_mixture(agent)
    with CaptureQueriesContext(connection) as queries:
        found = weekly_figures(agent, MONDAY - timedelta(weeks=103), MONDAY, NOW)
    assert len(found) == 104
    assert len(queries) == 2
    assert not any("conversations_conversation" in q["sql"] for q in queries.captured_queries)


def test_counting_a_day_again_gives_the_same_rows() -> None:
    agent = make_agent()
    make_mixture(agent)
    columns = ("date", "topic", "channel", "figure", "n", "total", "total_squares")
    before = set(Measurement.objects.values_list(*columns))
    assert measured_days(agent) == [date(2026, 11, 17)]
    recount(agent, {date(2026, 11, 17)})
    assert set(Measurement.objects.values_list(*columns)) == before


def test_time_turns_an_unanswered_snooze_into_a_silent_close_and_counts_it() -> None:
    agent = make_agent()
    asked = [("customer", "Where is it?"), ("ai", "Which order?")]
    ingest(agent, [make_chat("c-1", *asked, tags=["ai_snooze"])], now=NOW)
    assert week(agent).figures["snooze_silent"].value == 0
    assert recompute_outcomes(agent, NOW) == 0
    assert recompute_outcomes(agent, NOW + timedelta(days=3)) == 1
    assert Conversation.objects.get().outcome == "snooze_silent_close"
    assert week(agent).figures["snooze_silent"].value == 1
    assert recompute_outcomes(agent, NOW + timedelta(days=3)) == 0


def test_all_history_can_be_derived_again_also_in_another_time_zone() -> None:
    agent = make_agent()
    ingest(agent, [make_chat(opened_at="2026-11-17T23:00:00Z", messages=[])], now=NOW)
    Conversation.objects.update(outcome="ai_resolved")
    agent.workspace.time_zone = "Europe/Berlin"
    agent.workspace.save()
    assert recompute_outcomes(agent, NOW) == 0
    assert recompute_outcomes(agent, NOW, everything=True) == 1
    row = Conversation.objects.get()
    assert (row.outcome, row.opened_on) == ("no_ai", date(2026, 11, 18))
    assert measured_days(agent) == [date(2026, 11, 18)]
