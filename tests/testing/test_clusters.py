"""What people decide about groups of new questions, and that all of it can be taken back."""

from datetime import UTC, date, datetime, timedelta

import pytest

from context.models import Agent
from conversations.ingest import ingest
from testing.models import Case, QuestionCluster
from testing.questions.discovery import discover
from testing.questions.ranking import rank_of
from testing.questions.trend import trends
from testing.refusals import Refused
from tests.make import make_agent, make_case, make_chat, make_live_release, make_member

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 16)
WEEK = timedelta(days=7)
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
GIFT = ("How long is a gift card valid?", "Is my gift card valid for long?")
ZIPS = ("Do you repair broken zips?", "Can a broken zip be repaired by you?")
FACT = "Gift cards are valid for three years from the day of purchase."


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent, at=NOW - timedelta(days=60))
    return agent


def ask(
    agent: Agent, questions: tuple[str, ...], times: int, week: int = 0, human: str = ""
) -> None:
    """Conversations of one week that ask these in turn; a person answers if there is an answer."""
    begin = datetime(2026, 11, 17, 10, tzinfo=UTC) + week * WEEK
    chats = []
    for n in range(times):
        texts = [("customer", questions[n % len(questions)]), ("ai", "Let me see.")]
        texts += [("human", human)] if human else []
        chat = make_chat(f"{questions[0][:12]}-{week}-{n}", *texts)
        chat["opened_at"] = begin.isoformat()
        for message in chat["messages"]:
            message["sent_at"] = begin.isoformat()
        if human:
            chat["tags"] = ["ai_handover"]
        chats.append(chat)
    assert {one.status for one in ingest(agent, chats, now=NOW + week * WEEK)} == {"created"}


def found(agent: Agent, week: int = 0) -> list[QuestionCluster]:
    return discover(agent, MONDAY + week * WEEK, NOW + week * WEEK)


def test_what_failed_and_needed_people_ranks_before_what_was_only_asked_often() -> None:
    assert rank_of(0, 0, 0) == 0
    assert rank_of(40, 0, 0) < rank_of(12, 12, 12) < rank_of(200, 0, 0)
    assert rank_of(16, 0, 0) == rank_of(1, 1, 1) == 1
    assert rank_of(10, 0, 0) < rank_of(11, 0, 0) < rank_of(11, 1, 0) < rank_of(11, 1, 1)


def test_taking_cases_back_retires_the_drafts_unless_one_was_approved(agent: Agent) -> None:
    ada = make_member(agent.workspace)
    ask(agent, GIFT, 2, human=FACT)
    [cluster] = found(agent)
    cases = cluster.add_cases(NOW, ada)
    assert agent.question_clusters.last_decided(ada) == cluster
    cluster.undo(NOW)
    assert cluster.status == "open" and agent.question_clusters.last_decided(ada) is None
    assert set(Case.objects.values_list("status", flat=True)) == {"retired"}
    again = cluster.add_cases(NOW, ada)
    assert {case.question for case in again} == {case.question for case in cases}
    again[0].approve(NOW, ada)
    with pytest.raises(Refused, match="was approved"):
        cluster.undo(NOW)
    assert again[1].status == "draft" and cluster.status == "added"


def test_a_dismissal_is_taken_back_and_an_open_cluster_has_nothing_to_take_back(
    agent: Agent,
) -> None:
    ask(agent, GIFT, 2)
    [cluster] = found(agent)
    with pytest.raises(Refused, match="nothing to take back"):
        cluster.undo(NOW)
    cluster.dismiss(NOW)
    cluster.undo(NOW)
    assert [one.pk for one in found(agent)] == [cluster.pk]


def test_facts_of_one_example_serve_those_that_nobody_answered(agent: Agent) -> None:
    ask(agent, GIFT[:1], 1, human=FACT)
    ask(agent, GIFT[1:], 1)
    [cluster] = found(agent)
    assert all(case.expected_facts == [FACT] for case in cluster.add_cases(NOW))


def test_merged_clusters_count_as_one_from_then_on(agent: Agent) -> None:
    ask(agent, GIFT, 4)
    ask(agent, ZIPS, 3)
    gift, zips = sorted(found(agent), key=lambda one: -one.volume)
    zips.merge(gift, NOW)
    gift.refresh_from_db()
    assert (gift.volume, zips.status, zips.merged_into) == (7, "merged", gift)
    ask(agent, ZIPS, 2, week=1)
    [same] = found(agent, week=1)
    assert same.pk == gift.pk and same.volume == 2
    assert [bar.volume for bar in trends(agent, [gift])[gift.pk]] == [7, 2]
    with pytest.raises(Refused, match="not open"):
        gift.merge(zips, NOW)
    zips.undo(NOW)
    assert zips.status == "open" and zips.volume == 3


def test_a_name_that_a_person_gave_stays_and_is_masked(agent: Agent) -> None:
    ask(agent, GIFT, 2)
    [cluster] = found(agent)
    cluster.rename("  Gift cards, says bob@example.com ")
    ask(agent, GIFT, 5, week=1)
    [same] = found(agent, week=1)
    assert same.pk == cluster.pk and same.name == "Gift cards, says [email]"
    with pytest.raises(Refused, match="empty"):
        cluster.rename(" ")


def test_a_cluster_whose_questions_a_case_asks_by_now_is_closed_and_comes_back(
    agent: Agent,
) -> None:
    ask(agent, GIFT, 2)
    [cluster] = found(agent)
    cases = [make_case(agent, question, kind="questions", status="draft") for question in GIFT]
    assert found(agent) == []
    cluster.refresh_from_db()
    assert cluster.status == "covered" and cluster.volume == 0
    for case in cases:
        case.retire(NOW)
    assert [one.pk for one in found(agent)] == [cluster.pk]


def test_the_weeks_of_a_cluster_are_kept_and_shown_as_a_trend(agent: Agent) -> None:
    ask(agent, GIFT, 2)
    ask(agent, ZIPS, 3)
    ask(agent, GIFT, 6, week=1)
    ask(agent, GIFT, 4, week=2)
    for week in range(3):
        found(agent, week)
    gift = agent.question_clusters.get(volume=4)
    zips = agent.question_clusters.exclude(pk=gift.pk).get()
    shown = trends(agent, [gift, zips])
    assert [bar.volume for bar in shown[gift.pk]] == [2, 6, 4]
    assert [bar.volume for bar in shown[zips.pk]] == [3, 0, 0]
    assert [bar.height for bar in shown[gift.pk]] == [7, 20, 13]


def test_counts_of_a_week_are_never_edited_a_new_search_writes_new_ones(agent: Agent) -> None:
    ask(agent, GIFT, 2)
    [cluster] = found(agent)
    late = make_chat("late", ("customer", GIFT[0]), ("ai", "Let me see."))
    ingest(agent, [late], now=NOW)
    found(agent)
    volumes = cluster.weeks.order_by("pk").values_list("volume", flat=True)
    assert list(volumes) == [2, 3]
    assert [bar.volume for bar in trends(agent, [cluster])[cluster.pk]] == [3]
