"""The minute tick: starts what is due and has no row for its period yet, and wakes up workers.

Beat sends one message a minute; the truth is in rows. A schedule is due from a local hour on; its
`ScheduledRun` row is unique per agent, schedule and period, so two beats or a replayed tick do no
harm, and a missed night is found at the next tick. A step that did not finish is tried again when
its lease runs out.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from celery import shared_task
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from agentops.periods import past_days, this_week_from, today_from_the_review_hour
from agentops.report.deliver import deliver_mail, mail_waits
from agentops.report.watching import keep_alerts
from agentops.report.weekly import tell_week
from context.impacts.measuring import measure_impacts
from context.impacts.split import measure_rollouts
from context.models import Agent, ScheduledRun, WebhookDelivery
from context.rollouts.looks import look_at_rollouts
from context.tasks import deliver_webhooks
from context.webhooks.deliveries import forget_old_deliveries
from conversations.measure import recount_all
from conversations.models import FactCapture, HandoverBrief
from conversations.tasks import work_briefs, work_captures
from llm.states import Route, WorkState
from llm.work import release_expired
from reviews.canary.members import plan_check
from reviews.canary.periods import CHANGE, JUDGE, NIGHTLY, canary_periods
from reviews.judging.batching import batches_wait
from reviews.judging.calls import forget_old_calls
from reviews.judging.nightly import finish_night, plan_night
from reviews.models import CanaryResult, Review
from reviews.tasks import work_batches, work_canary, work_reviews
from testing.gate.weekly import (
    CANDIDATE_TESTS,
    WEEKLY_TESTS,
    test_candidate,
    test_week,
    untested_candidates,
)
from testing.models import ContextChange, ContextTest, Contradiction, Discovery, Result, SecondGrade
from testing.questions.askings import count_askings
from testing.tasks import find_questions, work_context, work_regrades, work_results

log = logging.getLogger(__name__)

COUNT_AGAIN = "count_again"
STEP_LEASE = timedelta(minutes=10)
OPEN = Q(state__in=[WorkState.PENDING, WorkState.WORKING])


@dataclass(frozen=True)
class Schedule:
    """Something done once per period: `step` returns whether it is finished or to be called
    again.
    """

    name: str
    periods: Callable[[Agent, datetime], Iterator[str]]
    step: Callable[[Agent, str, datetime], bool]


def night(agent: Agent, period: str, now: datetime) -> bool:
    """Plan the day's reviews; the queue is drawn by a later tick, when they are done."""
    day = date.fromisoformat(period)
    plan_night(agent, day, now)
    return finish_night(agent, day, now)


def impact(agent: Agent, _period: str, now: datetime) -> bool:
    """Measure what the releases did, once all days are counted alike: a changed definition would
    look like a change of the figure.
    """
    if not is_counted_as_now(agent, now):
        return False
    measure_impacts(agent, now)
    return True


def clean_up(agent: Agent, _period: str, now: datetime) -> bool:
    """Delete what is kept for a time only."""
    forget_old_calls(agent, now)
    forget_old_deliveries(agent, now)
    return True


def as_counted_now(_agent: Agent, _now: datetime) -> Iterator[str]:
    """How days are counted; a new name here has all history counted again, once."""
    yield "by language"


def is_counted_as_now(agent: Agent, now: datetime) -> bool:
    """Whether no upgrade has changed what is counted since all history was."""
    done = agent.scheduled_runs.filter(schedule=COUNT_AGAIN, state=ScheduledRun.State.DONE)
    return {*as_counted_now(agent, now)} <= {*done.values_list("period", flat=True)}


def count_again(agent: Agent, _period: str, _now: datetime) -> bool:
    """Count all days again: an upgrade has changed what is counted."""
    recount_all(agent)
    return True


def askings(agent: Agent, _period: str, now: datetime) -> bool:
    """Count how many conversations asked what each open proposal would answer."""
    count_askings(agent, now)
    return True


def canary(agent: Agent, period: str, now: datetime) -> bool:
    """Put the canary to the judge, where it is large enough, once the night's reviews are done:
    under a tight cap they come first.
    """
    if Review.objects.filter(OPEN, scorecard__agent=agent, route=Route.LIVE).exists():
        return False
    reason = CHANGE if period.startswith(JUDGE) else NIGHTLY
    plan_check(agent, agent.local_date(now), reason, now)
    return True


def rollout_look(agent: Agent, _period: str, now: datetime) -> bool:
    """Look at the running rollout: harm beyond noise stops it. Those that ran their days tell."""
    look_at_rollouts(agent, now)
    measure_rollouts(agent, now)
    return True


def watch_figures(agent: Agent, _period: str, now: datetime) -> bool:
    """See whether a figure has left its usual range, or is back."""
    keep_alerts(agent, now)
    return True


def report(agent: Agent, _period: str, now: datetime) -> bool:
    """Tell last week, and mail it."""
    tell_week(agent, now)
    return True


SCHEDULES = (
    Schedule("rollout_look", today_from_the_review_hour, rollout_look),
    Schedule("nightly_review", past_days, night),
    Schedule(CANDIDATE_TESTS, untested_candidates, test_candidate),
    Schedule(WEEKLY_TESTS, this_week_from(lambda a: (a.test_weekday, a.test_hour)), test_week),
    Schedule("canary", canary_periods, canary),
    Schedule("askings", today_from_the_review_hour, askings),
    Schedule("clean_up", today_from_the_review_hour, clean_up),
    Schedule(COUNT_AGAIN, as_counted_now, count_again),
    Schedule("figure_alerts", today_from_the_review_hour, watch_figures),
    Schedule("weekly_impact", this_week_from(lambda a: (0, a.review_hour)), impact),
    # After the impacts it tells of.
    Schedule("weekly_report", this_week_from(lambda a: (a.report_weekday, a.report_hour)), report),
)

WORK: tuple[tuple[QuerySet[Any], Callable[[], object]], ...] = (
    (WebhookDelivery.objects.all(), deliver_webhooks.delay),
    (HandoverBrief.objects.all(), work_briefs.delay),
    # Rows that go by batch are freed where their batch is known to have ended.
    (Review.objects.filter(route=Route.LIVE), work_reviews.delay),
    (CanaryResult.objects.all(), work_canary.delay),
    (FactCapture.objects.all(), work_captures.delay),
    (Discovery.objects.all(), find_questions.delay),
    (Result.objects.filter(run__state="running"), work_results.delay),
    (SecondGrade.objects.filter(regrade__state="running"), work_regrades.delay),
    (ContextTest.objects.all(), work_context.delay),
    (ContextChange.objects.all(), work_context.delay),
    (Contradiction.objects.all(), work_context.delay),
)


@shared_task(name="agentops.schedule.tick")
def tick() -> None:
    """One beat: start what is due now and wake workers for what waits."""
    run_due(timezone.now())
    wake_workers(timezone.now())


def run_due(now: datetime) -> int:
    """Start or go on with every schedule of every agent that is due; returns the steps taken."""
    taken = 0
    for agent in Agent.objects.select_related("workspace"):
        for schedule in SCHEDULES:
            for period in schedule.periods(agent, now):
                taken += take_step(agent, schedule, period, now)
    return taken


def take_step(agent: Agent, schedule: Schedule, period: str, now: datetime) -> bool:
    """Claim the period's row and call the step; an error is written on the row and raised no
    further, so that one agent's fault does not stop the others. Returns whether the step was taken.
    """
    run = claim_period(agent, schedule.name, period, now)
    if run is None:
        return False
    try:
        done = schedule.step(agent, period, now)
    except Exception as error:
        log.exception("%s of %s for %s failed", schedule.name, agent, period)
        run.state, run.detail = ScheduledRun.State.FAILED, f"{type(error).__name__}: {error}"
    else:
        run.detail = ""
        if done:
            run.state, run.finished_at = ScheduledRun.State.DONE, now
        else:
            run.state, run.lease_until = ScheduledRun.State.STARTED, now
    run.save(update_fields=["state", "detail", "finished_at", "lease_until"])
    return True


def claim_period(agent: Agent, name: str, period: str, now: datetime) -> ScheduledRun | None:
    """The row of this period if it is ours to work on now: new, waiting, or its lease ran out."""
    runs = ScheduledRun.objects.filter(agent=agent, schedule=name, period=period)
    lease = {"lease_until": now + STEP_LEASE}
    try:
        with transaction.atomic():
            return ScheduledRun.objects.create(
                agent=agent, schedule=name, period=period, started_at=now, **lease
            )
    except IntegrityError:
        free = runs.exclude(state=ScheduledRun.State.DONE).filter(lease_until__lte=now)
        state = ScheduledRun.State.STARTED
        claimed = free.update(state=state, attempts=F("attempts") + 1, **lease)
    return runs.get() if claimed else None


def wake_workers(now: datetime) -> int:
    """Free what lost its worker, and send one message for each kind of work that waits."""
    sent = 0
    for rows, wake in WORK:
        release_expired(rows, now)
        if rows.filter(state="pending").exists():
            wake()
            sent += 1
    if mail_waits(now):
        deliver_mail.delay()
        sent += 1
    if batches_wait(now):
        work_batches.delay()
        sent += 1
    return sent
