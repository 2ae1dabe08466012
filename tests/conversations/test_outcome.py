"""The exclusive outcome, derived from signals alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.models import Outcome
from conversations.outcome import Signals, derive, explain

T = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LATER = T + 30 * DAY


def outcome(now: datetime = LATER, **signals: Any) -> Outcome:
    """The outcome of a conversation that was answered, unless said otherwise."""
    return derive(Signals(**({"ai_answered": T} | signals)), now)


def test_it_is_pending_while_the_ai_is_at_work() -> None:
    assert outcome(processing=True, ai_handed_over=T, ai_ignored=T) == Outcome.PENDING


def test_it_is_ignored_when_a_rule_kept_the_ai_out() -> None:
    assert outcome(ai_answered=None, ai_ignored=T, human_replied=T) == Outcome.IGNORED


def test_a_handover_outweighs_everything_that_follows() -> None:
    signals = {"ai_handed_over": T, "ai_snoozed": T, "ai_closed": T + DAY, "closed": T + DAY}
    assert outcome(**signals, human_replied=T + HOUR) == Outcome.HANDED_OVER


def test_a_snooze_is_open_for_three_days() -> None:
    assert outcome(now=T + 3 * DAY - HOUR, ai_snoozed=T) == Outcome.SNOOZE_OPEN


def test_a_snooze_nobody_answers_becomes_a_silent_close_after_three_days() -> None:
    assert outcome(now=T + 3 * DAY, ai_snoozed=T) == Outcome.SNOOZE_SILENT_CLOSE


def test_a_snooze_that_is_closed_is_a_silent_close_at_once() -> None:
    closed = {"closed": T + HOUR, "ai_closed": T + HOUR}
    assert outcome(now=T + 2 * HOUR, ai_snoozed=T, **closed) == Outcome.SNOOZE_SILENT_CLOSE


def test_a_customer_who_comes_back_is_not_silent() -> None:
    signals = {"ai_snoozed": T, "customer_returned": T + HOUR, "ai_closed": T + DAY}
    assert outcome(**signals, closed=T + DAY) == Outcome.AI_RESOLVED


def test_a_customer_who_came_back_and_waits_leaves_it_pending() -> None:
    assert outcome(ai_snoozed=T, customer_returned=T + HOUR) == Outcome.PENDING


def test_it_is_resolved_by_the_ai_when_the_ai_closed_it_alone() -> None:
    assert outcome(ai_closed=T + HOUR, closed=T + HOUR) == Outcome.AI_RESOLVED


def test_it_is_not_resolved_by_the_ai_when_a_person_wrote() -> None:
    signals = {"ai_closed": T + HOUR, "closed": T + DAY}
    assert outcome(**signals, human_replied=T + 2 * HOUR) == Outcome.HUMAN_FINISHED


def test_it_is_not_resolved_when_the_customer_comes_back_within_seven_days() -> None:
    closed = {"ai_closed": T, "closed": T + 9 * DAY}
    assert outcome(**closed, reopened=T + 7 * DAY) == Outcome.HUMAN_FINISHED
    assert outcome(**closed, reopened=T + 7 * DAY + HOUR) == Outcome.AI_RESOLVED


def test_a_reopened_conversation_that_is_open_again_is_pending() -> None:
    assert outcome(ai_closed=T, closed=T, reopened=T + DAY) == Outcome.PENDING


def test_a_person_who_replies_after_the_ai_finishes_it() -> None:
    assert outcome(human_replied=T + HOUR) == Outcome.HUMAN_FINISHED


def test_an_answer_that_somebody_else_closed_is_not_the_ais() -> None:
    assert outcome(closed=T + HOUR) == Outcome.HUMAN_FINISHED


def test_without_a_reply_of_the_ai_it_is_none_of_its_own() -> None:
    assert outcome(ai_answered=None, human_replied=T, closed=T) == Outcome.NO_AI
    assert outcome(ai_answered=None) == Outcome.NO_AI


def test_answered_is_not_resolved() -> None:
    assert outcome() == Outcome.PENDING


moments = st.none() | st.integers(0, 400).map(lambda hours: T + hours * HOUR)


@given(
    st.builds(
        Signals,
        st.booleans(),
        *[moments] * 9,
    ),
    st.integers(0, 900),
)
def test_every_mixture_of_signals_has_an_outcome_and_a_reason(signals: Signals, hours: int) -> None:
    found = derive(signals, T + hours * HOUR)
    assert found in Outcome
    assert explain(signals, found)
    if found == Outcome.AI_RESOLVED:
        assert signals.human_replied is None
        assert signals.ai_handed_over is None


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        ({"ai_closed": T, "closed": T + 9 * DAY, "reopened": T + DAY}, "reopened it within seven"),
        ({"closed": T}, "somebody else closed it"),
        ({"human_replied": T}, "without a handover"),
    ],
)
def test_the_reason_tells_the_ways_to_finish_apart(signals: dict[str, Any], reason: str) -> None:
    found = Signals(**({"ai_answered": T} | signals))
    assert reason in explain(found, derive(found, LATER))
