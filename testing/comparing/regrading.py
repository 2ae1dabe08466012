"""Asking the grader again about a random sample of a run's answers; nothing of the run changes.

The sample is drawn from the grades themselves (an answer that shares another's grade is no second
grade), by release and verdict in proportion, and reproducibly from a seed. The rows are work like
trials: priced before the start, capped, cancelled and resumed, and a killed worker repeats nothing
that was written.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from llm import work
from llm.calls import BudgetExhausted, Reply, UnparsableAnswer
from llm.outcomes import Tally
from llm.prices import estimate
from llm.states import WorkState
from llm.work import Outcome, write
from stats.sampling import draw, round_allocation
from testing.models import Regrade, Result, Run, SecondGrade
from testing.refusals import Refused
from testing.runs.grader import CaseGrade, why_no_grade
from testing.runs.trials import answer_of, call_for_grade

SAMPLE = 50
MOST = 1000
_COLUMNS = """
passed quote reason grade_model input_tokens output_tokens cost_usd state claimed_by lease_until
attempts error finished_at
"""
WRITTEN = _COLUMNS.split()

Report = Callable[[Tally], None]


def graded(run: Run) -> QuerySet[Result]:
    """The answers of a run that the grader truly graded."""
    rows = run.results.filter(state=WorkState.DONE, same_answer_as=None, is_shared=False)
    return rows.exclude(grade_model="")


def drawn(run: Run, sample: int, seed: int) -> list[SecondGrade]:
    """The second grades to ask for, not saved: of each release and verdict its share."""
    strata: dict[tuple[int, bool], list[str]] = defaultdict(list)
    for pk, release, passed in graded(run).order_by("pk").values_list("pk", "release", "passed"):
        strata[release, bool(passed)].append(str(pk))
    sizes = [len(keys) for keys in strata.values()]
    counts = round_allocation(sizes, sizes, sample)
    secret = f"regrade:{seed}".encode()
    return [
        SecondGrade(result_id=int(key), first_passed=passed, stratum_size=len(keys))
        for ((_, passed), keys), count in zip(strata.items(), counts, strict=True)
        for key in draw(keys, count, secret)
    ]


def price_of(run: Run, sample: int = SAMPLE) -> Decimal:
    """Dollars that re-grading costs at most, from the price of the answers drawn first."""
    rows = drawn(run, sample, run.seed)
    results = graded(run).filter(pk__in=[row.result_id for row in rows]).select_related("case")
    return estimate([call_for_grade(result) for result in results.prefetch_related("steps")])


def start_regrade(
    run: Run, *, at: datetime, sample: int = SAMPLE, by: User | None = None
) -> Regrade:
    """Draw the sample and write its rows; nothing is asked yet.

    Raises Refused (a run under way, nothing that the grader graded, one under way already),
    UnknownPrice, and BudgetExhausted when it may cost more than the agent's cap of a run.
    """
    if run.state == Run.State.RUNNING:
        raise Refused(f"Run {run.pk} is under way; its grades are not all given yet.")
    if not 1 <= sample <= MOST:
        raise Refused(f"A sample is 1 to {MOST} grades, not {sample}.")
    seed = (run.seed + run.regrades.count()) % 2**31  # another sample each time
    rows = drawn(run, sample, seed)
    if not rows:
        raise Refused("The grader was never asked in this run: assertions decided every trial.")
    price, cap = price_of(run, sample), run.suite.agent.run_budget_usd
    if price > cap:
        raise BudgetExhausted(f"It may cost ${price:.2f}; the cap for a run is ${cap:.2f}.")
    try:
        with transaction.atomic():
            regrade = Regrade.objects.create(
                run=run,
                sample=len(rows),
                seed=seed,
                estimated_usd=price,
                created_by=by,
                created_at=at,
            )
            for row in rows:
                row.regrade = regrade
            SecondGrade.objects.bulk_create(rows, batch_size=500)
    except IntegrityError:
        raise Refused(f"Run {run.pk} is being re-graded already.") from None
    return regrade


def open_grades(regrade: Regrade | None) -> QuerySet[SecondGrade]:
    """What is asked of one re-grading, or of every one that is under way."""
    rows = SecondGrade.objects.filter(regrade__state=Run.State.RUNNING)
    return rows if regrade is None else rows.filter(regrade=regrade)


def work_regrades(
    regrade: Regrade | None, now_fn: Callable[[], datetime], on_work: Report | None = None
) -> None:
    """Ask for the grades of one re-grading, or of all, until none can be claimed."""
    running = Regrade.objects.filter(state=Run.State.RUNNING)
    running = running.select_related("run__suite__agent__workspace")
    for one in running.filter(pk=regrade.pk) if regrade else running.order_by("id"):
        work.run(
            open_grades(one).select_related("result__case").prefetch_related("result__steps"),
            lambda row: call_for_grade(row.result),
            RegradeWriter(now_fn).finish,
            now_fn=now_fn,
            budget=one.budgets(now_fn()),
            on_progress=on_work,
        )
        one.finish(now_fn())
    if regrade is not None:
        regrade.refresh_from_db()


@dataclass(frozen=True)
class RegradeWriter:
    """Writes what the grader said the second time."""

    now_fn: Callable[[], datetime]

    def finish(self, batch: list[tuple[SecondGrade, Outcome]]) -> None:
        """Keep verdicts whose quote is verified; any other row is failed, and no flip."""
        now = self.now_fn()
        for row, outcome in batch:
            row.finished_at = now
            if isinstance(outcome, Reply | UnparsableAnswer):
                row.input_tokens += outcome.input_tokens
                row.output_tokens += outcome.output_tokens
                row.cost_usd += outcome.cost_usd
            if isinstance(outcome, Reply) and isinstance(outcome.parsed, CaseGrade):
                take_second_grade(row, outcome.parsed, outcome.model)
        write([row for row, _ in batch], WRITTEN)


def take_second_grade(row: SecondGrade, grade: CaseGrade, model: str) -> None:
    """Keep a grade whose quote is verified, as the first one was."""
    row.grade_model, row.quote, row.reason = model, grade.quote, grade.reason
    problem = why_no_grade(row.result.case, answer_of(row.result), grade)
    if problem:
        row.state, row.claimed_by, row.lease_until = WorkState.FAILED, "", None
        row.error = problem
    else:
        row.passed = grade.verdict == "pass"
