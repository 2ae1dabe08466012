"""Test data of the reviews: conversations the judge has reviewed, queues, claimed items."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any

from django.db import connection

from accounts.models import Role, User
from context.models import Agent, Release
from conversations.ingest import ingest
from conversations.models import Conversation, Message
from llm.states import WorkState
from reviews.desk.verdicts import asked_criteria, record_verdict
from reviews.judging.planning import current_judge, new_run, newest_run
from reviews.models import CriterionResult, Queue, QueueItem, Review, Verdict
from reviews.queue.claims import claim_next
from reviews.queue.sampling import build_queue
from reviews.scorecards import active_scorecard
from tests.make import NOW, make_agent, make_chat, make_live_release, make_member

DAY = date(2026, 11, 17)
MORNING = NOW
QUEUE_DAY = date(2026, 11, 18)
STILL = timedelta(0)


def make_conversation(
    agent: Agent, external_id: str = "c-1", *texts: tuple[str, str], **fields: Any
) -> Conversation:
    """A conversation as it stands after ingest."""
    (result,) = ingest(agent, [make_chat(external_id, *texts, **fields)], now=NOW)
    assert result.id is not None, result.errors
    return Conversation.objects.get(pk=result.id)


def make_answered_agent(**fields: Any) -> Agent:
    """An agent with a release that was live when the conversations came in."""
    agent = make_agent(**fields)
    make_live_release(agent, at=NOW - timedelta(days=30))
    return agent


def make_reviews(
    agent: Agent, grades: Sequence[int], day: date = DAY, release: Release | None = None
) -> list[Review]:
    """One reviewed conversation for each grade; grades 1 and 2 failed a critical criterion.

    Each holds a question and an answer; the judge quoted the answer in every criterion.
    """
    scorecard, judge = active_scorecard(agent, NOW), current_judge(agent, NOW)
    run = newest_run(agent, day) or new_run(agent, day, NOW)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=NOW.tzinfo)
    conversations = Conversation.objects.bulk_create(
        Conversation(
            agent=agent,
            release=release,
            source="test",
            external_id=f"{day:%m%d}-{number}",
            opened_at=noon,
            opened_on=day,
            last_message_at=noon,
            ai_answered_at=noon,
            digest="",
        )
        for number in range(len(grades))
    )
    Message.objects.bulk_create(
        Message(
            conversation=conversation,
            external_id=f"{conversation.external_id}-{place}",
            position=place,
            author=author,
            text=text,
            sent_at=noon,
        )
        for conversation in conversations
        for place, (author, text) in enumerate(
            [("customer", "How do I return a jacket?"), ("ai", "Send it back within 30 days.")]
        )
    )
    reviews = Review.objects.bulk_create(
        Review(
            conversation=conversation,
            scorecard=scorecard,
            judge=judge,
            run=run,
            day=day,
            score=0 if grade <= 2 else 100,
            passed=grade > 2,
            grade=grade,
            state=WorkState.DONE,
            created_at=noon,
            finished_at=noon,
        )
        for conversation, grade in zip(conversations, grades, strict=True)
    )
    CriterionResult.objects.bulk_create(
        CriterionResult(
            review=review,
            criterion=criterion,
            verdict="na" if criterion.applies == "handover" else _judged(criterion.key, review),
            message_external_id=f"{review.conversation.external_id}-1",
            quote="within 30 days",
            reason="it says so",
            verified=True,
        )
        for review in reviews
        for criterion in scorecard.criteria.all()
    )
    return reviews


def _judged(key: str, review: Review) -> str:
    return "fail" if key == "grounded" and not review.passed else "pass"


def make_queue(agent: Agent, grades: Sequence[int], queue_date: date = QUEUE_DAY) -> Queue:
    """The queue of a date over conversations of these grades that ended the day before."""
    make_reviews(agent, grades, queue_date - timedelta(days=1))
    return build_queue(agent, queue_date, MORNING)


def make_reviewer(agent: Agent, username: str = "ada", role: str = Role.REVIEWER) -> User:
    """A person who may work the agent's queue."""
    return make_member(agent.workspace, username, role)


def make_claim(agent: Agent, user: User, at: datetime = MORNING) -> QueueItem:
    """The next item, claimed."""
    item = claim_next(agent, user, at)
    assert item is not None
    return item


def answers(item: QueueItem, verdict: str = "pass", **others: str) -> dict[str, dict[str, str]]:
    """An answer to every criterion that applies."""
    return {one.key: {"verdict": others.get(one.key, verdict)} for one in asked_criteria(item)}


def make_verdict(agent: Agent, user: User, at: datetime = MORNING, **others: str) -> Verdict:
    """The verdict of a person on the next item."""
    item = make_claim(agent, user, at)
    return record_verdict(item, user, answers(item, **others), at=at)


def in_parallel(count: int, step: Callable[[int], Any]) -> list[Any]:
    """Run `step(0) … step(count - 1)` at once, each on its own connection; their results."""
    barrier = Barrier(count)

    def run(number: int) -> Any:
        barrier.wait()
        try:
            return step(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
