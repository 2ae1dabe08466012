"""What each figure counts, and among which conversations; docs/conversations.md defines them in
words. Change both together.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.expressions import Combinable

from context.models import Figure
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


class Counted(NamedTuple):
    """One figure of one group: n, the numerator or the sum of scores, the sum of their squares."""

    figure: Figure
    n: int
    total: float
    total_squares: float


def count(
    conversations: QuerySet[Conversation], segment: tuple[str, ...]
) -> QuerySet[Conversation, dict[str, Any]]:
    """One row a segment, with all that `counted` reads."""
    sums: dict[str, Any] = {}
    for figure, (among, counted) in SHARES.items():
        sums[f"{figure.value}_n"] = Count("pk", filter=among)
        sums[f"{figure.value}_total"] = Count("pk", filter=among & counted)
    for figure, (among, column) in MEANS.items():
        value: Combinable = F(column)
        sums[f"{figure.value}_n"] = Count("pk", filter=among)
        sums[f"{figure.value}_total"] = Sum(value, filter=among)
        sums[f"{figure.value}_squares"] = Sum(value * value, filter=among)
    return conversations.order_by().values(*segment).annotate(**sums)


def counted(row: dict[str, Any]) -> Iterator[Counted]:
    """The figures of one segment; one that nothing can be a share of is left out."""
    for figure in (*SHARES, *MEANS):
        if n := row[f"{figure.value}_n"]:
            total = float(row[f"{figure.value}_total"] or 0)
            yield Counted(figure, n, total, float(row.get(f"{figure.value}_squares") or 0))
