"""How a day's automated review went: counts by state, what it cost, and every error."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet, Sum

from context.models import Agent
from llm.models import ModelBatch
from llm.states import Route, WorkState
from llm.work import progress
from reviews.judging.batching import UNFINISHED, batches_of
from reviews.judging.planning import reviews_of
from reviews.models import JudgeVersion, Review, ReviewRun

ERRORS_SHOWN = 100
PACE_WINDOW = timedelta(minutes=1)
SECONDS_WITH_CALLS = 2
SECONDS_WITH_A_BATCH = 30


@dataclass(frozen=True)
class Pace:
    """How fast a day's reviews are finished, and when the rest will be at that rate."""

    per_minute: float
    finished_by: datetime


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
    runs: list[ReviewRun]
    pace: Pace | None
    batches: list[ModelBatch]
    by_batch: int

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
    def is_out(self) -> bool:
        """Whether nothing is left to wait for but batches that were made."""
        is_made = any(batch.is_open for batch in self.batches)
        return is_made and self.by_batch == self.running

    @property
    def look_again(self) -> int:
        """Seconds after which the page asks how it goes; a batch takes hours."""
        return SECONDS_WITH_A_BATCH if self.is_out else SECONDS_WITH_CALLS

    @property
    def can_retry(self) -> int:
        """Reviews that ended without a result and can be tried again."""
        return self.states[WorkState.FAILED] + self.states[WorkState.SKIPPED]


def night_of(agent: Agent, day: date, now: datetime) -> Night:
    """Read a day's runs, the one started last first."""
    rows, states = reviews_of(agent, day), progress(reviews_of(agent, day))
    waiting = states[WorkState.PENDING] + states[WorkState.WORKING]
    passed = Counter(rows.filter(state=WorkState.DONE).values_list("passed", flat=True))
    without = rows.filter(state__in=[WorkState.FAILED, WorkState.SKIPPED]).order_by("state", "pk")
    reasons = Counter(without.values_list("error", flat=True))
    runs = agent.review_runs.filter(day=day).select_related("started_by", "cancelled_by")
    newest_first = list(runs.order_by("-pk"))
    return Night(
        day=day,
        states=states,
        passed=passed[True],
        failed=passed[False],
        partial=rows.filter(partial_view=True).count(),
        cost=rows.aggregate(usd=Sum("cost_usd"))["usd"] or Decimal(0),
        judges=list(JudgeVersion.objects.filter(pk__in=rows.order_by().values("judge"))),
        reasons=reasons.most_common(5),
        errors=list(without.select_related("conversation")[:ERRORS_SHOWN]),
        runs=newest_first,
        pace=pace(rows, waiting, now) if waiting else None,
        batches=list(batches_of(newest_first)),
        by_batch=rows.filter(route=Route.BATCH, state__in=UNFINISHED).count() if waiting else 0,
    )


def pace(rows: QuerySet[Review], waiting: int, now: datetime) -> Pace | None:
    """The rate of the last minute; None while nothing was finished in it."""
    finished = rows.filter(finished_at__gt=now - PACE_WINDOW, finished_at__lte=now)
    times = finished.order_by("finished_at").values_list("finished_at", flat=True)
    first = times.first()
    if first is None:
        return None
    minutes = max((now - first) / PACE_WINDOW, 1 / 60)
    rate = times.count() / minutes
    return Pace(rate, now + PACE_WINDOW * (waiting / rate))


def newest_day(agent: Agent) -> date | None:
    """The newest day that has reviews."""
    return reviews_of(agent).order_by("-day").values_list("day", flat=True).first()
