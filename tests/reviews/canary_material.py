"""A canary: conversations that the judge reviewed and a person has judged, with the judge's log."""

from datetime import datetime
from decimal import Decimal

from context.models import Agent
from reviews.judging.calls import digest_of
from reviews.judging.judge import Judge, loaded
from reviews.models import Flag, JudgeCall, PromptText, QueueItem, Review, Verdict
from reviews.queue.sampling import build_queue
from tests.make import NOW, make_agent
from tests.reviews.material import QUEUE_DAY, make_reviewer, make_reviews

PASSED, FAILED = 110, 40


def make_labelled_agent(passed: int = PASSED, failed: int = FAILED) -> Agent:
    """An agent with so many conversations that a person passed and failed, each with its call."""
    agent = make_agent(queue_capacity=passed + failed, double_review_share=0.0)
    make_labels(agent, passed, failed)
    return agent


def make_labels(
    agent: Agent, passed: int, failed: int, at: datetime = NOW, flagged: int = 0
) -> list[Verdict]:
    """The labels of a day, and the log of the calls its reviews were made by; so many of the failed
    are flagged.
    """
    reviews = make_reviews(agent, [5] * passed + [1] * failed)
    Flag.objects.bulk_create(
        Flag(conversation=one.conversation, kind=Flag.Kind.CRITICAL, created_at=at)
        for one in reviews[passed : passed + flagged]
    )
    queue = build_queue(agent, QUEUE_DAY, at)
    ada = make_reviewer(agent, "ada-labels")
    items = list(queue.items.select_related("review"))
    verdicts = Verdict.objects.bulk_create(
        Verdict(
            item=item,
            conversation_id=item.conversation_id,
            reviewer=ada,
            scorecard_id=item.review.scorecard_id,
            review=item.review,
            passed=item.review.grade == 5,
            created_at=at,
        )
        for item in items
    )
    queue.items.update(state=QueueItem.State.DONE)
    log_reviews(agent, at)
    return verdicts


def log_reviews(agent: Agent, at: datetime = NOW) -> None:
    """The calls that the agent's reviews were made by, as the judge writes them."""
    judge = Judge(agent, lambda: at)
    for review in loaded(Review.objects.filter(scorecard__agent=agent)):
        asked = judge.asked(review.conversation, review.scorecard, review.judge)
        for text in asked[:2]:
            PromptText.objects.get_or_create(
                digest=digest_of(agent, text), defaults={"agent": agent, "text": text}
            )
        JudgeCall.objects.create(
            review=review,
            rubric_id=digest_of(agent, asked.rubric),
            given_id=digest_of(agent, asked.given),
            material=asked.material,
            answer="{}",
            model="test",
            attempts=1,
            cost_usd=Decimal(0),
            answered_at=at,
        )
