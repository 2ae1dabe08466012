"""Which conversations the judge is to review: a row each, before anything is asked."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from context.models import Agent
from conversations.models import Conversation
from llm.work import reopen
from reviews.models import JudgeVersion, Review
from reviews.prompt import prompt_hash
from reviews.scorecards import active_scorecard

ROWS_AT_ONCE = 1000
AI_TOOK_PART = (
    Q(ai_answered_at__isnull=False)
    | Q(ai_snoozed_at__isnull=False)
    | Q(ai_handed_over_at__isnull=False)
    | Q(ai_closed_at__isnull=False)
)


def current_judge(agent: Agent, at: datetime) -> JudgeVersion:
    """The judge as it is configured now; a change of model or prompt makes a new version."""
    judge, _ = JudgeVersion.objects.get_or_create(
        agent=agent,
        model=settings.JUDGE_MODEL,
        prompt_hash=prompt_hash(),
        defaults={"created_at": at},
    )
    return judge


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


def plan_reviews(agent: Agent, day: date, now: datetime) -> int:
    """Write a pending review for every conversation of the day that has none; returns how many.

    Idempotent: a conversation is reviewed once per scorecard and judge version, whatever happens
    to it later. Any day of the past can be planned.
    """
    scorecard, judge = active_scorecard(agent, now), current_judge(agent, now)
    found = unplanned(agent, day, now).order_by("pk").values_list("pk", flat=True)
    Review.objects.bulk_create(
        (
            Review(conversation_id=pk, scorecard=scorecard, judge=judge, day=day, created_at=now)
            for pk in found
        ),
        batch_size=ROWS_AT_ONCE,
        ignore_conflicts=True,
    )
    return len(found)


def reviews_of(agent: Agent, day: date | None = None) -> QuerySet[Review]:
    """The agent's reviews, of one day or of all."""
    rows = Review.objects.filter(scorecard__agent=agent)
    return rows if day is None else rows.filter(day=day)


def retry_reviews(agent: Agent, day: date | None = None) -> int:
    """Make failed and skipped reviews pending again; returns how many."""
    return reopen(reviews_of(agent, day))
