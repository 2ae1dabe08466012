"""What the judge found of a day, written to the slots that the rooms on the right offer."""

from datetime import date

from django.db.models import Count, F, Max, OuterRef, Q, Subquery

from context.measurements import replace
from context.models import Agent, Figure, Measurement
from conversations.models import Conversation
from llm.states import WorkState
from reviews.models import Review

SEGMENTS = (
    "conversation__opened_on",
    "conversation__release",
    "conversation__topic",
    "conversation__channel",
)


def measure_days(agent: Agent, days: set[date]) -> None:
    """Count, per day of opening and segment, the reviewed conversations and those that passed.

    Of each conversation its newest finished review counts. Days without reviews end up without
    rows.
    """
    if not days:
        return
    done = Review.objects.filter(
        conversation__agent=agent, conversation__opened_on__in=days, state=WorkState.DONE
    )
    newest = done.order_by().values("conversation").annotate(newest=Max("pk")).values("newest")
    counts = (
        Review.objects.filter(pk__in=newest)
        .order_by(*SEGMENTS)
        .values_list(*SEGMENTS)
        .annotate(n=Count("pk"), total=Count("pk", filter=Q(passed=True)))
    )
    rows = [_row(agent, *count) for count in counts]
    replace(agent, days, {Figure.JUDGE_PASSED}, rows)


def _row(
    agent: Agent, day: date, release: int | None, topic: str, channel: str, n: int, passed: int
) -> Measurement:
    return Measurement(
        agent=agent,
        date=day,
        release_id=release,
        topic=topic,
        channel=channel,
        figure=Figure.JUDGE_PASSED,
        n=n,
        total=passed,
        total_squares=passed,
    )


def keep_questions(agent: Agent, days: set[date]) -> None:
    """Give the conversations of these days the customer's question as their newest review has it.

    Discovery reads it there: `testing` does not know reviews.
    """
    done = Review.objects.filter(conversation=OuterRef("pk"), state=WorkState.DONE)
    newest = Subquery(done.exclude(question="").order_by("-pk").values("question")[:1])
    asked = Conversation.objects.filter(agent=agent, opened_on__in=days).annotate(asked=newest)
    asked.exclude(asked=None).exclude(asked=F("question")).update(question=newest)
