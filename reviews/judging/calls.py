"""Keeping and finding the judge's calls: prompt, answer, tokens, cost, latency, attempts.

What many calls share – the rubric, and what the agent was given – is kept once under its digest.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from context.models import Agent
from llm.calls import Reply, UnparsableAnswer
from llm.states import WorkState
from reviews.judging.prompt import Asked
from reviews.models import JudgeCall, PromptText, Review

Outcome = Reply | Exception


def log_calls(
    agent: Agent,
    batch: Sequence[tuple[Review, Outcome]],
    asked_of: Callable[[Review], tuple[Asked, bool]],
    at: datetime,
) -> None:
    """Keep what was asked and answered; a call that got no answer has nothing to keep."""
    texts: dict[str, str] = {}
    calls = []
    for review, outcome in batch:
        if isinstance(outcome, Reply | UnparsableAnswer):
            asked, rebuilt = asked_of(review)
            texts |= {digest_of(agent, text): text for text in asked[:2]}
            call = _call(agent, review, asked, outcome, at)
            call.rebuilt = rebuilt
            calls.append(call)
    PromptText.objects.bulk_create(
        (PromptText(digest=key, agent=agent, text=text) for key, text in texts.items()),
        ignore_conflicts=True,
    )
    JudgeCall.objects.bulk_create(calls)


def digest_of(agent: Agent, text: str) -> str:
    """The key of a shared text; each agent has its own, so that one can be deleted alone."""
    return hashlib.sha256(f"{agent.pk}\n{text}".encode()).hexdigest()


def _call(
    agent: Agent, review: Review, asked: Asked, outcome: Reply | UnparsableAnswer, at: datetime
) -> JudgeCall:
    good = outcome if isinstance(outcome, Reply) else None
    return JudgeCall(
        review=review,
        rubric_id=digest_of(agent, asked.rubric),
        given_id=digest_of(agent, asked.given),
        material=asked.material,
        answer=outcome.raw.replace("\x00", ""),
        error="" if good else str(outcome),
        model=outcome.model[:100],
        attempts=outcome.attempts,
        input_tokens=outcome.input_tokens,
        cached_tokens=good.cached_tokens if good else 0,
        output_tokens=outcome.output_tokens,
        cost_usd=outcome.cost_usd,
        latency_ms=good.latency_ms if good else 0,
        answered_at=at,
    )


def calls_of(
    agent: Agent, first: date, last: date, *, words: str = "", failed: bool = False
) -> QuerySet[JudgeCall]:
    """The agent's calls of the days (the workspace's), both included.

    `words` must stand together in the answer, the transcript, the error, or name the conversation.
    """
    start, end = (
        datetime.combine(day, time.min, agent.workspace.zone)
        for day in (first, last + timedelta(days=1))
    )
    rows = JudgeCall.objects.filter(
        review__scorecard__agent=agent, answered_at__gte=start, answered_at__lt=end
    )
    if failed:
        rows = rows.exclude(error="", review__state=WorkState.DONE)
    if words:
        rows = rows.filter(
            Q(answer__icontains=words)
            | Q(material__icontains=words)
            | Q(error__icontains=words)
            | Q(review__conversation__external_id__icontains=words)
        )
    return rows


def forget_old_calls(agent: Agent, now: datetime) -> int:
    """Delete calls older than JUDGE_LOG_DAYS, and the texts no call shares any more."""
    oldest = now - timedelta(days=settings.JUDGE_LOG_DAYS)
    old = JudgeCall.objects.filter(review__scorecard__agent=agent, answered_at__lt=oldest)
    count, _ = old.delete()
    left = JudgeCall.objects.filter(review__scorecard__agent=agent).order_by()
    texts = PromptText.objects.filter(agent=agent)
    texts.exclude(pk__in=left.values("rubric")).exclude(pk__in=left.values("given")).delete()
    return count
