"""Which conversations the judge is to review: a row each, before anything is asked."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from context.models import Agent
from conversations.models import Conversation
from llm.states import Route, WorkState
from llm.work import reopen
from reviews.judging.versions import judge_in_use, new_version
from reviews.models import JudgeVersion, Review, ReviewRun
from reviews.scorecards import active_scorecard

ROWS_AT_ONCE = 1000
AI_TOOK_PART = (
    Q(ai_answered_at__isnull=False)
    | Q(ai_snoozed_at__isnull=False)
    | Q(ai_handed_over_at__isnull=False)
    | Q(ai_closed_at__isnull=False)
)


class NothingToReview(Exception):
    """The day has no conversation that still wants a review."""


class Started(NamedTuple):
    """A run, how many reviews it added and how many it tries again."""

    run: ReviewRun
    planned: int
    retried: int


def current_judge(agent: Agent, at: datetime) -> JudgeVersion:
    """The judge as it is configured now; a change of model or prompt makes a new version."""
    return judge_in_use(agent) or new_version(agent, at)


def ended_on(agent: Agent, day: date) -> QuerySet[Conversation]:
    """Conversations that were closed on the day, or went quiet on it and are not closed.

    Days are the workspace's. Those in which the AI took no part are left out: there is nothing of
    it to judge.
    """
    zone = agent.workspace.zone
    start = datetime.combine(day, time.min, zone)
    end = datetime.combine(day + timedelta(days=1), time.min, zone)
    closed = Q(closed_at__gte=start, closed_at__lt=end)
    quiet = Q(closed_at=None, last_message_at__gte=start, last_message_at__lt=end)
    return agent.conversations.filter(AI_TOOK_PART, closed | quiet)


def unplanned(agent: Agent, day: date, now: datetime) -> QuerySet[Conversation]:
    """Conversations of the day that the judge, as it is now, has no row for."""
    scorecard, judge = active_scorecard(agent, now), current_judge(agent, now)
    planned = Review.objects.filter(scorecard=scorecard, judge=judge).values("conversation")
    return ended_on(agent, day).exclude(pk__in=planned)


def plan_reviews(
    agent: Agent,
    day: date,
    now: datetime,
    run: ReviewRun | None = None,
    route: str = Route.LIVE,
) -> int:
    """Write a pending review for every conversation of the day that has none; returns how many.

    They belong to `run`, or to the day's newest one, or to a new one of the night's. Idempotent: a
    conversation is reviewed once per scorecard and judge version, whatever happens to it later. Any
    day of the past can be planned.
    """
    scorecard, judge = active_scorecard(agent, now), current_judge(agent, now)
    found = list(unplanned(agent, day, now).order_by("pk").values_list("pk", flat=True))
    if not found:
        return 0
    run = run or newest_run(agent, day) or new_run(agent, day, now)
    Review.objects.bulk_create(
        (
            Review(
                conversation_id=pk,
                scorecard=scorecard,
                judge=judge,
                run=run,
                day=day,
                route=route,
                created_at=now,
            )
            for pk in found
        ),
        batch_size=ROWS_AT_ONCE,
        ignore_conflicts=True,
    )
    return len(found)


def newest_run(agent: Agent, day: date) -> ReviewRun | None:
    """The run of the day that was started last, cancelled ones left out."""
    return agent.review_runs.filter(day=day, cancelled_at=None).order_by("-pk").first()


def is_cancelled(agent: Agent, day: date) -> bool:
    """Whether a person has stopped the judge on this day and nobody has started it again."""
    last = agent.review_runs.filter(day=day).order_by("-pk").first()
    return last is not None and last.cancelled_at is not None


def new_run(
    agent: Agent,
    day: date,
    now: datetime,
    *,
    by: User | None = None,
    cap: Decimal | None = None,
    estimated: Decimal | None = None,
) -> ReviewRun:
    """A run of the day under a cap in dollars, the agent's for one run unless given."""
    return ReviewRun.objects.create(
        agent=agent,
        day=day,
        started_at=now,
        started_by=by,
        cap_usd=agent.run_budget_usd if cap is None else cap,
        estimated_usd=estimated,
    )


def reviews_of(agent: Agent, day: date | None = None) -> QuerySet[Review]:
    """The agent's reviews, of one day or of all."""
    rows = Review.objects.filter(scorecard__agent=agent)
    return rows if day is None else rows.filter(day=day)


@transaction.atomic
def start_run(
    agent: Agent,
    day: date,
    now: datetime,
    *,
    by: User | None = None,
    cap: Decimal | None = None,
    estimated: Decimal | None = None,
    retry: bool = True,
    route: str = Route.LIVE,
) -> Started:
    """Start the judge on what of the day has no review: never planned, and with `retry` also what
    failed, was skipped or cancelled. Raises NothingToReview when there is nothing of these.
    """
    run = new_run(agent, day, now, by=by, cap=cap, estimated=estimated)
    planned = plan_reviews(agent, day, now, run, route)
    retried = retry_reviews(agent, day, run, route) if retry else 0
    if not planned + retried:
        raise NothingToReview(f"Every conversation of {day} is reviewed or about to be.")
    return Started(run, planned, retried)


def retry_reviews(agent: Agent, day: date | None, run: ReviewRun, route: str = Route.LIVE) -> int:
    """Make failed and skipped reviews pending again, as part of a run; returns how many."""
    ended = reviews_of(agent, day).filter(state__in=(WorkState.FAILED, WorkState.SKIPPED))
    ended.update(run=run, route=route)
    return reopen(reviews_of(agent, day).filter(run=run))
