"""How a day's automated review went: counts by state, what it cost, and every error."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from context.models import Agent
from llm.states import WorkState
from llm.work import progress
from reviews.models import JudgeVersion, Review
from reviews.planning import reviews_of

ERRORS_SHOWN = 100


@dataclass(frozen=True)
class Night:
    """One day's run: states, verdict counts, cost, the judges, and the rows that have no result."""

    day: date
    states: dict[str, int]
    passed: int
    failed: int
    partial: int
    cost: Decimal
    judges: list[JudgeVersion]
    reasons: list[tuple[str, int]]
    errors: list[Review]

    @property
    def total(self) -> int:
        """Reviews planned for the day."""
        return sum(self.states.values())

    @property
    def ended(self) -> int:
        """Reviews that came to an end, good or bad."""
        return self.total - self.running

    @property
    def running(self) -> int:
        """Reviews that still wait or are under way."""
        return self.states[WorkState.PENDING] + self.states[WorkState.WORKING]

    @property
    def can_retry(self) -> int:
        """Reviews that ended without a result and can be tried again."""
        return self.states[WorkState.FAILED] + self.states[WorkState.SKIPPED]


def night_of(agent: Agent, day: date) -> Night:
    """Read a day's run."""
    rows = reviews_of(agent, day)
    passed = Counter(rows.filter(state=WorkState.DONE).values_list("passed", flat=True))
    without = rows.filter(state__in=[WorkState.FAILED, WorkState.SKIPPED]).order_by("state", "pk")
    reasons = Counter(without.values_list("error", flat=True))
    return Night(
        day=day,
        states=progress(rows),
        passed=passed[True],
        failed=passed[False],
        partial=rows.filter(partial_view=True).count(),
        cost=rows.aggregate(usd=Sum("cost_usd"))["usd"] or Decimal(0),
        judges=list(JudgeVersion.objects.filter(pk__in=rows.order_by().values("judge"))),
        reasons=reasons.most_common(5),
        errors=list(without.select_related("conversation")[:ERRORS_SHOWN]),
    )


def newest_day(agent: Agent) -> date | None:
    """The newest day that has reviews."""
    return reviews_of(agent).order_by("-day").values_list("day", flat=True).first()
