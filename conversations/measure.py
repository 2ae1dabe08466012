"""The daily counts of conversations, from which every weekly figure is made.

A day is the day of a conversation's start in the workspace's time zone. What each figure counts,
and among what, stands in docs/conversations.md; change both together.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.expressions import Combinable

from context import measurements
from context.document_uses import replace_uses
from context.models import Agent, Figure, Measurement
from conversations.models import Conversation, Outcome
from conversations.outcome import REOPEN_WINDOW

ANSWERED = Q(ai_answered_at__isnull=False)
SNOOZED = Q(ai_snoozed_at__isnull=False)
HANDED_OVER = Q(ai_handed_over_at__isnull=False)
HUMAN = Q(human_replied_at__isnull=False)
CLOSED = Q(closed_at__isnull=False) | Q(ai_closed_at__isnull=False)
SCORED = Q(csat_score__isnull=False)
EVERYTHING = Q(pk__isnull=False)
JUDGED = Q(judge_passed__isnull=False)
REOPENED = Q(reopened_at__isnull=False) & (
    Q(ai_closed_at__isnull=True) | Q(reopened_at__lte=F("ai_closed_at") + REOPEN_WINDOW)
)

# Figure: (what it is a share of, what is counted in it).
SHARES: dict[Figure, tuple[Q, Q]] = {
    Figure.CONVERSATIONS: (EVERYTHING, EVERYTHING),
    Figure.AI_ANSWERED: (EVERYTHING, ANSWERED),
    Figure.AI_SNOOZE: (EVERYTHING, SNOOZED),
    Figure.AI_HANDOVER: (EVERYTHING, HANDED_OVER),
    Figure.AI_HANDOVER_COLD: (EVERYTHING, HANDED_OVER & ~ANSWERED),
    Figure.AI_CLOSE: (EVERYTHING, Q(ai_closed_at__isnull=False)),
    Figure.AI_IGNORE: (EVERYTHING, Q(ai_ignored_at__isnull=False)),
    Figure.AI_RESOLVED: (EVERYTHING, Q(outcome=Outcome.AI_RESOLVED)),
    Figure.HUMAN_RESOLVED: (EVERYTHING, HUMAN & Q(closed_at__isnull=False)),
    Figure.ASSISTED: (HANDED_OVER, Q(facts_gathered=True)),
    Figure.REOPENED: (CLOSED, REOPENED),
    Figure.SNOOZE_RESOLVED: (SNOOZED, Q(outcome=Outcome.AI_RESOLVED)),
    Figure.SNOOZE_HANDED_OVER: (SNOOZED, HANDED_OVER),
    Figure.SNOOZE_SILENT: (SNOOZED, Q(outcome=Outcome.SNOOZE_SILENT_CLOSE)),
    Figure.JUDGE_PASSED: (JUDGED, Q(judge_passed=True)),
    Figure.SURVEYED: (Q(survey_sent_at__isnull=False) | SCORED, SCORED),
}

# Figure: (whose mean it is, of what).
MEANS: dict[Figure, tuple[Q, str]] = {
    Figure.CSAT: (SCORED, "csat_score"),
    Figure.CSAT_AI: (SCORED & ANSWERED & ~HUMAN, "csat_score"),
    Figure.CSAT_MIXED: (SCORED & ANSWERED & HUMAN, "csat_score"),
    Figure.CSAT_HUMAN: (SCORED & ~ANSWERED & HUMAN, "csat_score"),
    Figure.COST: (EVERYTHING, "cost_usd"),
}

DAYS_AT_ONCE = 7
SEGMENT = ("opened_on", "release_id", "topic", "channel", "language")


def measure_days(agent: Agent, days: set[date]) -> None:
    """Count these days again, from the conversations as they are now.

    Call it in the transaction that changed them, and hold the lock on the agent.
    """
    counted = count(Conversation.objects.filter(agent=agent, opened_on__in=days, spam=False))
    found = [row for segment in counted for row in measurements_of(agent, segment)]
    measurements.replace(agent, days, {*SHARES, *MEANS}, found)
    replace_uses(agent, days, uses_of(agent, days))


def uses_of(agent: Agent, days: set[date]) -> Counter[tuple[date, str]]:
    """On how many conversations of each day the answers rested on each document."""
    rows = Conversation.objects.filter(agent=agent, opened_on__in=days, spam=False)
    cited = rows.exclude(sources=[]).values_list("opened_on", "sources")
    return Counter((day, slug) for day, slugs in cited.iterator() for slug in slugs)


def count(conversations: QuerySet[Conversation]) -> QuerySet[Conversation, dict[str, Any]]:
    """One row a day and segment, with `<figure>_n`, `<figure>_total` and `<figure>_squares`."""
    sums: dict[str, Any] = {}
    for figure, (among, counted) in SHARES.items():
        sums[f"{figure.value}_n"] = Count("pk", filter=among)
        sums[f"{figure.value}_total"] = Count("pk", filter=among & counted)
    for figure, (among, column) in MEANS.items():
        value: Combinable = F(column)
        sums[f"{figure.value}_n"] = Count("pk", filter=among)
        sums[f"{figure.value}_total"] = Sum(value, filter=among)
        sums[f"{figure.value}_squares"] = Sum(value * value, filter=among)
    return conversations.order_by().values(*SEGMENT).annotate(**sums)


def measurements_of(agent: Agent, segment: dict[str, Any]) -> Iterator[Measurement]:
    """The rows of one day and segment; a figure that nothing can be a share of has none."""
    for figure in (*SHARES, *MEANS):
        if n := segment[f"{figure.value}_n"]:
            yield Measurement(
                agent=agent,
                release_id=segment["release_id"],
                date=segment["opened_on"],
                topic=segment["topic"],
                channel=segment["channel"],
                language=segment["language"],
                figure=figure,
                n=n,
                total=float(segment[f"{figure.value}_total"] or 0),
                total_squares=float(segment.get(f"{figure.value}_squares") or 0),
            )


def measured_days(agent: Agent) -> list[date]:
    """Every day that has conversations, or has counts of some, in order."""
    opened = Conversation.objects.filter(agent=agent).values_list("opened_on", flat=True)
    counted = Measurement.objects.filter(agent=agent, figure=Figure.CONVERSATIONS)
    return sorted({*opened.distinct(), *counted.values_list("date", flat=True).distinct()})


def recount_all(agent: Agent) -> int:
    """Count every day again, a week in a transaction; how many there were."""
    days = measured_days(agent)
    for start in range(0, len(days), DAYS_AT_ONCE):
        recount(agent, set(days[start : start + DAYS_AT_ONCE]))
    return len(days)


@transaction.atomic
def recount(agent: Agent, days: set[date]) -> None:
    """Count days again, alone with this agent's conversations."""
    Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    measure_days(agent, days)
