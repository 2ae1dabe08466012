"""Trap lists: what the judge is taught, by whom, and that it is never measured on it."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry, Role, User
from context.models import Agent
from conversations.models import Conversation
from llm.sections import read_sections
from reviews.agreement.disagreements import disagreements, loaded, shown
from reviews.agreement.figures import agreement
from reviews.agreement.marks import mark_disagreement, undo_mark
from reviews.agreement.pairs import labels_of
from reviews.agreement.split import is_for_tuning
from reviews.desk.verdicts import record_verdict, withdraw
from reviews.judging.judge import Judge
from reviews.judging.judge import loaded as loaded_reviews
from reviews.judging.planning import current_judge, plan_reviews
from reviews.judging.prompt import prompt_hash
from reviews.judging.traps import (
    MOST_CHARACTERS,
    MOST_TRAPS,
    NothingToTeach,
    go_back,
    new_traps,
    next_traps,
    teach,
)
from reviews.models import CriterionVerdict, DisagreementMark, JudgeVersion, Review, Trap, TrapList
from reviews.queue.claims import claim_next
from tests.make import NOW, make_agent
from tests.reviews.material import (
    DAY,
    answers,
    make_answered_agent,
    make_conversation,
    make_queue,
    make_reviewer,
)

pytestmark = pytest.mark.django_db
READ = 40


@pytest.fixture
def agent() -> Agent:
    """Forty conversations, in all of which ada failed the tone that the judge passed."""
    agent = make_agent(queue_capacity=READ)
    make_queue(agent, [5] * READ)
    ada = make_reviewer(agent, role=Role.MANAGER)
    while (item := claim_next(agent, ada, NOW)) is not None:
        record_verdict(item, ada, answers(item, tone="fail"), at=NOW)
    return agent


@pytest.fixture
def ada(agent: Agent) -> User:
    return User.objects.get(username="ada")


def answers_of(agent: Agent, *, tuning: bool) -> list[CriterionVerdict]:
    """The disagreements of one half, oldest first."""
    rows = loaded(disagreements(agent).order_by("pk"))
    return [row for row in rows if is_for_tuning(agent, row.parent.conversation) is tuning]


def marked(
    agent: Agent, by: User, count: int, *, tuning: bool = True, start: int = 0, **words: str
) -> list[DisagreementMark]:
    """Judge errors on so many conversations of a half, each with words of its own unless given."""
    found = shown(agent, answers_of(agent, tuning=tuning)[start : start + count])
    return [
        mark_disagreement(one, "judge", by, NOW, **{"quote": f"words {one.answer.pk}"} | words)
        for one in found
    ]


def test_the_split_is_about_half_and_stays_as_it_is(agent: Agent) -> None:
    halves = [is_for_tuning(agent, row) for row in Conversation.objects.order_by("pk")]
    assert READ * 0.25 < sum(halves) < READ * 0.75
    assert halves == [is_for_tuning(agent, row) for row in Conversation.objects.order_by("pk")]
    other = make_agent(agent.workspace, "other", sampling_secret="6" * 64)
    assert halves != [is_for_tuning(other, row) for row in Conversation.objects.order_by("pk")]


def test_only_marks_of_the_tuning_half_are_taught(agent: Agent, ada: User) -> None:
    marked(agent, ada, 5, tuning=False)
    assert new_traps(agent) == []
    with pytest.raises(NothingToTeach):
        teach(agent, ada, NOW)
    assert not TrapList.objects.exists()
    marked(agent, ada, 2)
    assert len(new_traps(agent)) == 2


def test_a_person_that_was_wrong_teaches_nothing(agent: Agent, ada: User) -> None:
    (found,) = shown(agent, answers_of(agent, tuning=True)[:1])
    mark_disagreement(found, "person", ada, NOW)
    assert next_traps(agent) == []


def test_teaching_makes_a_frozen_list_and_a_new_version(agent: Agent, ada: User) -> None:
    before = current_judge(agent, NOW)
    (mark,) = marked(agent, ada, 1, lesson="Curt is a failure.")
    judge = teach(agent, ada, NOW)
    assert (judge.number, judge == current_judge(agent, NOW)) == (2, True)
    trap = Trap.objects.get()
    assert (trap.traps, trap.traps.number, trap.mark) == (judge.traps, 1, mark)
    assert (trap.criterion, trap.wrong, trap.right) == ("tone", "pass", "fail")
    assert judge.prompt_hash == prompt_hash([trap]) != before.prompt_hash
    assert judge.instructions_hash == before.instructions_hash
    entry = AuditEntry.objects.get(action="judge.taught")
    assert entry.detail == f"trap list 1, version 2 ({judge.model})"
    undo_mark(mark, ada, NOW)
    assert list(Trap.objects.filter(traps=judge.traps)) == [trap]
    assert next_traps(agent) == []


def test_the_prompt_quotes_the_traps_of_its_own_version(ada: User) -> None:
    agent = Agent.objects.get()
    before = current_judge(agent, NOW)
    marked(agent, ada, 1, lesson="Curt is a failure.", quote="within 30 days")
    judge = teach(agent, ada, NOW)
    row = Review.objects.filter(judge=before).first()
    assert row is not None
    builder = Judge(agent, lambda: NOW)
    old, new = (
        builder.call(row.conversation, row.scorecard, one).messages[0]["content"]
        for one in (before, judge)
    )
    assert new.startswith(old)
    assert "traps" not in read_sections(old)
    assert read_sections(new)["traps"] == [
        {
            "criterion": "tone",
            "quote": "within 30 days",
            "you_answered": "pass",
            "right": "fail",
            "remember": "Curt is a failure.",
        }
    ]


def test_marks_that_say_the_same_are_one_trap_and_frequent_ones_come_first(
    agent: Agent, ada: User
) -> None:
    marked(agent, ada, 3, lesson="Curt is a failure.")
    marked(agent, ada, 2, start=3, quote="CURT  words")
    marked(agent, ada, 1, start=5, quote="curt words")
    marked(agent, ada, 1, start=6)
    traps = next_traps(agent)
    assert [(trap.lesson, trap.times) for trap in traps[:2]] == [("", 3), ("Curt is a failure.", 3)]
    assert [trap.position for trap in traps] == [1, 2, 3]


def test_the_list_is_capped_in_number_and_in_characters(agent: Agent, ada: User) -> None:
    marked(agent, ada, MOST_TRAPS + 2)
    newest = DisagreementMark.objects.order_by("-pk")[:MOST_TRAPS]
    assert [trap.mark for trap in next_traps(agent)] == list(newest)
    DisagreementMark.objects.all().delete()
    for start in range(MOST_TRAPS):
        words = f"{start:02}" * 100
        marked(agent, ada, 1, start=start, lesson=words, quote=words)
    traps = next_traps(agent)
    assert 1 < len(traps) < MOST_TRAPS
    assert sum(len(trap.lesson) + len(trap.quote) for trap in traps) <= MOST_CHARACTERS


def test_going_back_is_the_old_version_again(agent: Agent, ada: User) -> None:
    first = current_judge(agent, NOW)
    marked(agent, ada, 1)
    second = teach(agent, ada, NOW)
    marked(agent, ada, 1, start=1)
    third = teach(agent, ada, NOW)
    assert [one.number for one in JudgeVersion.objects.all()] == [3, 2, 1]
    assert go_back(agent, second.traps, ada, NOW) == second == current_judge(agent, NOW)
    assert go_back(agent, None, ada, NOW) == first
    with pytest.raises(NothingToTeach):
        go_back(agent, None, ada, NOW)
    assert go_back(agent, third.traps, ada, NOW) == third
    assert JudgeVersion.objects.count() == 3


def test_a_withdrawn_verdict_teaches_nothing(agent: Agent, ada: User) -> None:
    (mark,) = marked(agent, ada, 1)
    withdraw(mark.answer.parent, ada, NOW)
    assert next_traps(agent) == []


def test_a_taught_judge_is_measured_on_the_other_half_alone(agent: Agent, ada: User) -> None:
    first = current_judge(agent, NOW)
    assert agreement(agent, DAY, DAY, first).rows[0].compared == READ
    marked(agent, ada, 1)
    judge = teach(agent, ada, NOW)
    Review.objects.update(judge=judge)
    measuring = answers_of(agent, tuning=False)
    found = agreement(agent, DAY, DAY, judge)
    assert found.rows[0].compared == len(measuring) < READ
    assert found.rows[0].judge.confusion.tn == pytest.approx(READ)
    labels = labels_of(agent, DAY, DAY, judge)
    assert set(labels) == {row.parent_id for row in measuring}


def test_a_review_planned_before_is_made_by_the_version_it_was_planned_for() -> None:
    agent = make_answered_agent(queue_capacity=READ)
    ada = make_reviewer(agent, role=Role.MANAGER)
    make_queue(agent, [5] * READ)
    while (item := claim_next(agent, ada, NOW)) is not None:
        record_verdict(item, ada, answers(item, tone="fail"), at=NOW)
    make_conversation(agent, "new", closed_at="2026-11-18T11:00:00Z")
    plan_reviews(agent, DAY + timedelta(days=1), NOW)
    marked(agent, ada, 1)
    judge = teach(agent, ada, NOW)
    row = loaded_reviews(Review.objects.filter(state="pending")).get()
    system = Judge(agent, lambda: NOW).prepare(row).messages[0]["content"]
    assert row.judge.number == 1 and "traps" not in read_sections(system)
    assert judge.number == 2
