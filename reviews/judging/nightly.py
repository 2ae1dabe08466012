"""The night: what happened on a day is reviewed, so that people find their queue in the morning.

`plan_night` writes the work rows, workers (or `work_night`) do them, `finish_night` draws the queue
once no review of the day is left to do. Each step may be repeated; nothing is done twice.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from context.models import Agent
from conversations.briefs import plan_briefs, work_briefs
from conversations.capture import plan_captures, work_captures
from conversations.recompute import recompute_outcomes
from llm.states import WorkState
from reviews.agreement.standing import has_changed, keep_standing
from reviews.judging.batching import work_batches
from reviews.judging.flags import raise_flags
from reviews.judging.judge import work_reviews
from reviews.judging.planning import current_judge, is_cancelled, plan_reviews
from reviews.models import Review
from reviews.queue.sampling import build_queue

UNFINISHED = (WorkState.PENDING, WorkState.WORKING)


def plan_night(agent: Agent, day: date, now: datetime) -> int:
    """Write the work rows of one day: reviews, briefs and captures; returns how many are new.

    A day whose reviews a person has cancelled is not planned again.
    """
    recompute_outcomes(agent, now)
    if has_changed(agent, current_judge(agent, now)):
        keep_standing(agent, now)
    made = 0 if is_cancelled(agent, day) else plan_reviews(agent, day, now, route=agent.review_mode)
    return made + plan_briefs(agent, now) + plan_captures(agent, now)


def work_night(agent: Agent, now_fn: Callable[[], datetime]) -> None:
    """Do the work rows of one agent here and now, until none is left that can be done.

    Batches are sent and looked at once; those that take their time are left to later ticks.
    """
    work_briefs(agent, now_fn)
    work_captures(agent, now_fn)
    work_batches(agent, now_fn)
    work_reviews(agent, now_fn)


def finish_night(agent: Agent, day: date, now: datetime) -> bool:
    """Raise the flags, draw the next day's queue and measure the judge once every review of the day
    has ended; returns whether it was done.
    """
    for run in agent.review_runs.filter(day=day).exclude(cancelled_at=None):
        run.skip_waiting()  # what a worker has put back since the run was cancelled
    left = Review.objects.filter(scorecard__agent=agent, day=day, state__in=UNFINISHED).exists()
    if left:
        return False
    raise_flags(agent, day, now)
    build_queue(agent, day + timedelta(days=1), now)
    keep_standing(agent, now)
    return True
