"""Writing what the judge answered: quotes checked, score computed, rows made."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from conversations.models import Conversation
from conversations.quotes import locate
from conversations.transcripts import Line
from llm.calls import Reply, UnparsableAnswer
from llm.work import write
from reviews.judging.prompt import ConversationReview, CriterionAnswer
from reviews.judging.scoring import Answer, score
from reviews.models import Criterion, CriterionResult, Grade, Review, Scorecard

Outcome = Reply | Exception
Shown = tuple[list[Line], bool]
WRITTEN = (
    "score",
    "passed",
    "grade",
    "severity",
    "root_cause",
    "question",
    "missing_fact",
    "partial_view",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "cost_usd",
    "latency_ms",
    "finished_at",
)


class NothingJudged(Exception):
    """The judge found no criterion that applies: no review, and no pass."""


def write_answers(
    batch: Sequence[tuple[Review, Outcome]],
    criteria_of: Callable[[Scorecard], dict[str, Criterion]],
    shown_of: Callable[[Conversation], Shown],
    causes: set[str],
    at: datetime,
) -> None:
    """Write a batch of answers: one UPDATE of the reviews, one INSERT of their results.

    `shown_of` gives the transcript the judge saw, and whether it was cut. Raises NothingJudged for
    an answer that judges nothing.
    """
    results: list[CriterionResult] = []
    before = _paid_before([review for review, _ in batch])
    for review, outcome in batch:
        if isinstance(outcome, Reply):
            shown = shown_of(review.conversation)
            results += _take_answer(review, outcome, criteria_of(review.scorecard), shown, at)
            if review.root_cause not in causes:
                review.root_cause = ""
        elif isinstance(outcome, UnparsableAnswer):
            _take_costs(review, outcome, at)
        else:
            review.finished_at = at
        if isinstance(outcome, Reply | UnparsableAnswer):
            review.cost_usd += before.get(review.pk, Decimal(0))
    write([review for review, _ in batch], WRITTEN)
    CriterionResult.objects.filter(review__in=[review for review, _ in batch]).delete()
    CriterionResult.objects.bulk_create(results, batch_size=500)


def _paid_before(reviews: Sequence[Review]) -> dict[int, Decimal]:
    """What answers that were of no use have cost already: in a batch, or before a retry.

    Read afresh, as this may be called again with rows that hold a cost which was rolled back.
    """
    keys = [review.pk for review in reviews if review.finished_at]
    if not keys:
        return {}
    rows = Review.objects.filter(pk__in=keys).exclude(finished_at=None)
    return dict(rows.values_list("pk", "cost_usd"))


def _take_costs(review: Review, outcome: Reply | UnparsableAnswer, at: datetime) -> None:
    """Keep what an answer took, whether or not it can be used."""
    review.input_tokens = outcome.input_tokens
    review.output_tokens = outcome.output_tokens
    review.cost_usd = outcome.cost_usd
    review.finished_at = at


def _take_answer(
    review: Review,
    reply: Reply,
    criteria: dict[str, Criterion],
    shown: Shown,
    at: datetime,
) -> list[CriterionResult]:
    """Set the review's columns from the answer and return its results, unsaved."""
    answer = reply.parsed
    assert isinstance(answer, ConversationReview)
    texts = {line["id"]: line["text"] for line in shown[0] if line["id"]}
    asked = [(criteria[one.key], one) for one in answer.criteria if one.key in criteria]
    results = [result_of(review, criterion, one, texts) for criterion, one in asked]
    outcome = score(
        Answer(result.verdict, criterion.weight, criterion.critical)
        for (criterion, _), result in zip(asked, results, strict=True)
    )
    if outcome is None:
        raise NothingJudged("the judge answered that no criterion applies")
    _take_costs(review, reply, at)
    review.cached_tokens, review.latency_ms = reply.cached_tokens, reply.latency_ms
    review.score, review.passed = outcome
    review.grade, review.severity = answer.grade, answer.severity
    review.root_cause = answer.root_cause
    review.question, review.missing_fact = _line(answer.question), _clean(answer.missing_fact)
    review.partial_view = shown[1]
    return results


def result_of(
    review: Review, criterion: Criterion, answer: CriterionAnswer, texts: dict[str, str]
) -> CriterionResult:
    """One criterion's result; a quote that stands in no message makes it unverified."""
    verdict = answer.verdict if applies(criterion, review.conversation) else Grade.NA.value
    place = None if verdict == Grade.NA else locate(answer.quote, answer.message_id, texts)
    return CriterionResult(
        review_id=review.pk,
        criterion_id=criterion.pk,
        verdict=verdict,
        message_external_id=_clean(place or answer.message_id)[:200],
        quote="" if verdict == Grade.NA else _clean(answer.quote),
        reason=_clean(answer.reason),
        verified=verdict == Grade.NA or place is not None,
    )


def applies(criterion: Criterion, conversation: Conversation) -> bool:
    """Whether the criterion is asked of this conversation at all."""
    asked_of_all = criterion.applies == Criterion.Applies.ALWAYS
    return asked_of_all or conversation.ai_handed_over_at is not None


def _clean(text: str) -> str:
    """PostgreSQL stores no NUL; a model may write one."""
    return text.replace("\x00", "")


def _line(text: str) -> str:
    return " ".join(_clean(text).split())[:300]
