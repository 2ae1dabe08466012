"""The last full day beside its usual figures."""

from datetime import date, timedelta

import pytest

from agentops.yesterday import yesterday
from context.models import Agent, Figure, Measurement
from tests.make import make_agent

TODAY = date(2026, 11, 18)
DAY = TODAY - timedelta(days=1)
pytestmark = pytest.mark.django_db


def count_day(agent: Agent, day: date, n: int, answered: int, topic: str = "") -> None:
    """Measure a day's conversations and how many the AI answered."""
    for figure, total in [(Figure.CONVERSATIONS, n), (Figure.AI_ANSWERED, answered)]:
        Measurement.objects.create(
            agent=agent, date=day, topic=topic, figure=figure, n=n, total=total
        )


def test_the_day_is_compared_with_the_same_weekday_before() -> None:
    agent = make_agent()
    count_day(agent, DAY, 100, 40)
    count_day(agent, DAY - timedelta(weeks=1), 80, 24)
    count_day(agent, DAY - timedelta(weeks=2), 120, 36)
    count_day(agent, DAY - timedelta(days=1), 999, 999)
    found = yesterday(agent, TODAY)
    assert found is not None
    assert (found.day, found.conversations, found.usual_conversations) == (DAY, 100, 100)
    answered = found.figures[0]
    assert (answered.value, answered.n, answered.usual) == (0.4, 100, 0.3)
    assert answered.change == pytest.approx(0.1)


def test_topics_add_up() -> None:
    agent = make_agent()
    count_day(agent, DAY, 10, 1, topic="returns")
    count_day(agent, DAY, 30, 19, topic="sizes")
    found = yesterday(agent, TODAY)
    assert found is not None
    assert (found.conversations, found.figures[0].value) == (40, 0.5)


def test_a_quiet_day_shows_the_newest_day_with_conversations() -> None:
    agent = make_agent()
    count_day(agent, DAY - timedelta(days=5), 10, 5)
    found = yesterday(agent, TODAY)
    assert found is not None and found.day == DAY - timedelta(days=5)


def test_what_nobody_measured_is_unknown_not_zero() -> None:
    agent = make_agent()
    assert yesterday(agent, TODAY) is None
    count_day(agent, DAY, 10, 5)
    csat = yesterday(agent, TODAY).figures[-1]  # type: ignore[union-attr]
    assert (csat.key, csat.value, csat.usual, csat.change) == ("csat", None, None, None)
