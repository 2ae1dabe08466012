"""The questions of a week that no case covers, grouped, ranked, and one click from being cases."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from context.models import Agent
from conversations.ingest import ingest
from testing.models import QuestionCluster
from testing.questions.discovery import discover
from testing.refusals import Refused
from tests.make import make_agent, make_case, make_chat, make_live_release, make_member

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 16)
WEEK = timedelta(days=7)
LATER = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
GIFT = (
    "How long is a gift card valid?",
    "Is my gift card valid for long?",
    "gift card valid how long",
)
FACT = "Gift cards are valid for three years from the day of purchase."


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent, at=LATER - timedelta(days=60))
    return agent


def handed_over(name: str, question: str, answer: str = FACT, **fields: Any) -> dict[str, Any]:
    return make_chat(
        name,
        ("customer", f"Hello! {question}"),
        ("ai", "I am passing you to a colleague."),
        ("human", f"Hi, Sam here. {answer} Anything else?"),
        tags=["ai_handover"],
        **fields,
    )


def ask_gift(agent: Agent, times: int = 3, week: int = 0, name: str = "g") -> None:
    shift = timedelta(days=7 * week)
    chats = [
        handed_over(f"{name}-{week}-{n}", GIFT[n % 3], topic="gift cards") for n in range(times)
    ]
    for chat in chats:
        chat["opened_at"] = (datetime(2026, 11, 17, 10, tzinfo=UTC) + shift).isoformat()
        for message in chat["messages"]:
            message["sent_at"] = (datetime.fromisoformat(message["sent_at"]) + shift).isoformat()
    results = ingest(agent, chats, now=LATER + shift)
    assert {result.status for result in results} == {"created"}


def test_like_questions_become_one_cluster_named_by_its_most_central(agent: Agent) -> None:
    ask_gift(agent)
    ingest(agent, [handed_over("lone", "Do you ship to Iceland?")], now=LATER)
    [cluster] = discover(agent, MONDAY, LATER)
    assert cluster.name in GIFT
    assert (cluster.volume, cluster.failures, cluster.topic) == (3, 3, "gift cards")
    assert len(cluster.examples()) == 3 and cluster.week == MONDAY


def test_a_question_that_a_case_asks_is_not_new(agent: Agent) -> None:
    ask_gift(agent)
    case = make_case(agent, "How long is my gift card valid?", kind="questions", status="draft")
    assert discover(agent, MONDAY, LATER) == []
    case.retire(LATER)
    assert len(discover(agent, MONDAY, LATER)) == 1


def test_only_the_week_counts(agent: Agent) -> None:
    ask_gift(agent)
    assert discover(agent, MONDAY - timedelta(days=7), LATER) == []
    with pytest.raises(Refused, match="2026-W48 has not ended"):
        discover(agent, MONDAY + timedelta(days=7), LATER)


def test_doing_it_again_changes_nothing(agent: Agent) -> None:
    ask_gift(agent)
    [first] = discover(agent, MONDAY, LATER)
    [again] = discover(agent, MONDAY, LATER)
    assert again.pk == first.pk and QuestionCluster.objects.count() == 1


def test_clusters_are_ranked_by_volume_times_failures(agent: Agent) -> None:
    ask_gift(agent, times=2)
    solved = [
        make_chat(
            f"s-{n}", ("customer", f"Do you repair broken zips{'!' * n}"), ("ai", "Yes, we do.")
        )
        for n in range(5)
    ]
    ingest(agent, solved, now=LATER)
    ranked = discover(agent, MONDAY, LATER)
    assert [(one.volume, one.failures) for one in ranked] == [(2, 2), (5, 0)]


def test_one_click_makes_draft_cases_with_what_people_answered(agent: Agent) -> None:
    ada = make_member(agent.workspace)
    ask_gift(agent)
    [cluster] = discover(agent, MONDAY, LATER)
    cases = cluster.add_cases(LATER, ada)
    assert {case.question for case in cases} == set(GIFT)
    assert all(case.status == "draft" and case.expected_facts == [FACT] for case in cases)
    assert all(case.conversation and case.suite.kind == "questions" for case in cases)
    with pytest.raises(Refused, match="already made into cases"):
        cluster.add_cases(LATER, ada)
    assert discover(agent, MONDAY, LATER) == []


def test_a_dismissed_cluster_stays_away_until_it_is_asked_twice_as_often(agent: Agent) -> None:
    ask_gift(agent)
    discover(agent, MONDAY, LATER)[0].dismiss(LATER)
    assert discover(agent, MONDAY, LATER) == []
    ask_gift(agent, times=5, week=1)
    assert discover(agent, MONDAY + timedelta(days=7), LATER + WEEK) == []
    ask_gift(agent, times=6, week=2)
    [back] = discover(agent, MONDAY + timedelta(days=14), LATER + 2 * WEEK)
    assert back.volume == 6 and QuestionCluster.objects.count() == 1


def test_a_cluster_keeps_its_row_from_week_to_week(agent: Agent) -> None:
    ask_gift(agent)
    [first] = discover(agent, MONDAY, LATER)
    ask_gift(agent, times=4, week=1)
    [second] = discover(agent, MONDAY + WEEK, LATER + WEEK)
    assert second.pk == first.pk and second.volume == 4
    assert discover(agent, MONDAY, LATER) == []
    second.refresh_from_db()
    assert second.week == MONDAY + timedelta(days=7)


def test_a_week_without_conversations_has_no_questions(agent: Agent) -> None:
    assert discover(agent, MONDAY, LATER) == []


def test_conversations_a_rule_kept_the_ai_out_of_are_not_asked(agent: Agent) -> None:
    chats = [handed_over(f"i-{n}", GIFT[n]) for n in range(3)]
    for chat in chats:
        chat["tags"], chat["messages"] = ["ai_ignore"], chat["messages"][:1]
    ingest(agent, chats, now=LATER)
    assert discover(agent, MONDAY, LATER) == []
