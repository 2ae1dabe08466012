"""Reviews by batch: half the price, results within a day.

`work_batches` makes batches of the reviews that go that way and takes the next step of those that
are out. Results are written by the same code as live answers (`Judge.finish`); what a batch leaves
out goes back to live calls.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from context.models import Agent
from conversations.models import HandoverBrief
from llm.batches.opening import free_rows, open_batches
from llm.batches.steps import due_batches, take_step
from llm.batches.work import BatchWork
from llm.calls import Call
from llm.models import ModelBatch
from llm.states import Route, WorkState
from reviews.judging.judge import Judge, budgets_of, loaded
from reviews.judging.measure import keep_findings
from reviews.models import Review, ReviewRun

PURPOSE = "review"
# Briefs are written at the same hour and belong to what the judge is shown.
LONGEST_WAIT_FOR_BRIEFS = timedelta(minutes=30)
UNFINISHED = (WorkState.PENDING, WorkState.WORKING)


def work_batches(agent: Agent | None, now_fn: Callable[[], datetime]) -> int:
    """Make the batches that can be made and take the steps that are due, of one agent or of all;
    returns how many steps were taken.
    """
    for run in runs_to_send(agent, now_fn()):
        send_run(run, now_fn)
    return sum(follow(batch, agent, now_fn) for batch in due_batches(PURPOSE, now_fn()))


def batches_wait(now: datetime) -> bool:
    """Whether a batch could be made, or the next step of one is due."""
    return bool(due_batches(PURPOSE, now) or runs_to_send(None, now))


def runs_to_send(agent: Agent | None, now: datetime) -> list[ReviewRun]:
    """Runs with reviews that wait for a batch, and nothing left that the judge should be shown."""
    rows = free_rows(Review.objects.filter(state__in=UNFINISHED))
    runs = ReviewRun.objects.filter(pk__in=rows.values("run")).select_related("agent__workspace")
    runs = runs.filter(agent=agent) if agent else runs
    return [run for run in runs.order_by("pk") if not awaits_briefs(run, now)]


def awaits_briefs(run: ReviewRun, now: datetime) -> bool:
    """Whether briefs of the run's conversations are still being written, for half an hour at
    most.
    """
    if now >= run.started_at + LONGEST_WAIT_FOR_BRIEFS:
        return False
    waiting = run.reviews.filter(route=Route.BATCH, state=WorkState.PENDING)
    briefs = HandoverBrief.objects.filter(state__in=UNFINISHED)
    return briefs.filter(conversation__in=waiting.values("conversation")).exists()


def send_run(run: ReviewRun, now_fn: Callable[[], datetime]) -> None:
    """Make batches of a run's waiting reviews, one model a batch."""
    judge = Judge(run.agent, now_fn)
    rows = free_rows(run.reviews.all()).order_by()
    for model in rows.values_list("judge__model", flat=True).distinct():
        of_model = run.reviews.filter(judge__model=model).order_by("pk")
        open_batches(work_of(run, judge, loaded(of_model)))


def follow(batch: ModelBatch, agent: Agent | None, now_fn: Callable[[], datetime]) -> bool:
    """Take a batch's next step, unless it is another agent's; the days it touches are measured."""
    run = run_of(batch)
    if run is None or (agent is not None and run.agent_id != agent.pk):
        return False
    judge = Judge(run.agent, now_fn)
    try:
        return take_step(batch, work_of(run, judge, loaded(Review.objects.filter(batch=batch))))
    finally:
        keep_findings(run.agent, judge.opened_on)


def run_of(batch: ModelBatch) -> ReviewRun | None:
    """The run a batch was made for; gone when its agent is."""
    rows = ReviewRun.objects.select_related("agent__workspace")
    return rows.filter(pk=batch.scope.rpartition(":")[2]).first()


def work_of(run: ReviewRun, judge: Judge, rows: QuerySet[Review]) -> BatchWork:
    """How a run's reviews are asked in a batch."""
    now_fn = judge.now_fn

    def prepare(review: Review) -> Call:
        call = judge.call(review.conversation, review.scorecard, review.judge)
        judge.forget(review.conversation)  # thousands are prepared before the first answer
        return call

    return BatchWork(
        purpose=PURPOSE,
        scope=run.budget_scope,
        rows=rows,
        prepare=prepare,
        schema=judge.form,
        finish=judge.finish,
        now_fn=now_fn,
        budget=budgets_of(run, run.agent.local_date(now_fn())),
    )


def batches_of(runs: Iterable[ReviewRun]) -> QuerySet[ModelBatch]:
    """The batches of some runs, the newest first."""
    scopes = [run.budget_scope for run in runs]
    return ModelBatch.objects.filter(purpose=PURPOSE, scope__in=scopes)


def cancel_batches(runs: Iterable[ReviewRun], who: str, at: datetime) -> int:
    """Stop the batches of some runs: what they have is kept, the rest is skipped; returns how many
    were stopped.
    """
    skipped = ModelBatch.Rest.SKIPPED
    open_ones = batches_of(runs).filter(ended_at=None)
    return sum(one.ask_to_stop(skipped, f"cancelled by {who}", at) for one in open_ones)


@transaction.atomic
def switch_to_live(batch: ModelBatch, who: str, at: datetime) -> int:
    """Take the reviews a batch still has away from it and leave them to live calls at once; returns
    how many. The batch is stopped; answers it had ready but not delivered are paid and not used.
    """
    if not batch.ask_to_stop(ModelBatch.Rest.LIVE, f"taken out of the batch by {who}", at):
        return 0
    return batch.let_go(Review.objects.filter(batch=batch), batch.cancel_reason)
