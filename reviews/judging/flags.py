"""Flags: why a conversation needs a person, whatever the sample says."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time

from django.db.models import Q

from context.models import Agent
from conversations.models import Author, Conversation
from llm.states import WorkState
from reviews.judging.contradictions import contradictions
from reviews.judging.words import angry_words, legal_words
from reviews.models import Flag, Grade, Review

LOW_CSAT = 2
CONVERSATIONS_AT_ONCE = 500
Found = tuple[Flag.Kind, str, bool]  # kind, detail, urgent


def raise_flags(agent: Agent, day: date, now: datetime) -> int:
    """Flag the conversations the judge reviewed for the day, and those of any day that were rated
    badly or reopened since; returns how many flags are new.

    Idempotent: a conversation has one flag of a kind at most.
    """
    flags = [
        Flag(conversation_id=pk, kind=kind, detail=detail[:300], urgent=urgent, created_at=now)
        for pk, kind, detail, urgent in (*_of_reviews(agent, day), *_of_outcomes(agent, day))
    ]
    known = set(
        Flag.objects.filter(conversation__in={flag.conversation_id for flag in flags}).values_list(
            "conversation", "kind"
        )
    )
    new = {
        (f.conversation_id, f.kind): f for f in flags if (f.conversation_id, f.kind) not in known
    }
    Flag.objects.bulk_create(new.values(), batch_size=500, ignore_conflicts=True)
    return len(new)


def _of_reviews(agent: Agent, day: date) -> Iterator[tuple[int, Flag.Kind, str, bool]]:
    """Flags that the judge's reviews of the day and the customers' words give reason for."""
    reviews = (
        Review.objects.filter(scorecard__agent=agent, day=day, state=WorkState.DONE)
        .select_related("conversation__brief")
        .prefetch_related("results__criterion", "conversation__messages")
    )
    for review in reviews.iterator(chunk_size=CONVERSATIONS_AT_ONCE):
        texts = [
            message.text
            for message in review.conversation.messages.all()
            if message.author == Author.CUSTOMER and message.public
        ]
        found = [*judge_flags(review), *word_flags(review.conversation, texts)]
        for kind, detail, urgent in found:
            yield review.conversation_id, kind, detail, urgent


def judge_flags(review: Review) -> Iterator[Found]:
    """A failed critical criterion, quotes that are not there, and what contradicts the judge.

    What `contradictions` needs must be loaded.
    """
    results = list(review.results.all())
    failed = [r for r in results if r.criterion.critical and r.verdict == Grade.FAIL]
    if failed:
        names = ", ".join(result.criterion.name for result in failed)
        yield Flag.Kind.CRITICAL, names, review.severity == Review.Severity.CRITICAL
    if unverified := [result.criterion.name for result in results if not result.verified]:
        yield Flag.Kind.UNVERIFIED, ", ".join(unverified), False
    if contradicted := list(contradictions(review)):
        yield Flag.Kind.CONTRADICTED, "; ".join(contradicted), False


def word_flags(conversation: Conversation, texts: Iterable[str]) -> Iterator[Found]:
    """Anger that was not handed over, and words of law, safety or harm (urgent)."""
    said = list(texts)
    legal = (legal_words(text, conversation.language) for text in said)
    if word := next(filter(None, legal), ""):
        yield Flag.Kind.LEGAL, f"“{word}”", True
    angry = (angry_words(text, conversation.language) for text in said)
    if conversation.ai_handed_over_at is None and (word := next(filter(None, angry), "")):
        yield Flag.Kind.ANGRY, word if word == "in capitals" else f"“{word}”", False


def _of_outcomes(agent: Agent, day: date) -> Iterator[tuple[int, Flag.Kind, str, bool]]:
    """Flags for bad ratings and reopened conversations that came in since the day began."""
    since = datetime.combine(day, time.min, agent.workspace.zone)
    rated = Q(csat_score__lte=LOW_CSAT) & (
        Q(csat_scored_at__gte=since) | Q(csat_scored_at=None, last_message_at__gte=since)
    )
    reopened = Q(ai_closed_at__isnull=False, reopened_at__gte=since)
    changed = agent.conversations.filter(rated | reopened, reviews__state=WorkState.DONE).distinct()
    for conversation in changed.iterator():
        score = conversation.csat_score
        if score is not None and score <= LOW_CSAT:
            yield conversation.pk, Flag.Kind.LOW_CSAT, f"CSAT {score}", False
        if conversation.ai_closed_at and conversation.reopened_at:
            yield conversation.pk, Flag.Kind.REOPENED, "", False
