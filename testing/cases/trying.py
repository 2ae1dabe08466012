"""Trying a case at once: the release answers, assertions and grader decide, no run is written.

It is paid from the agent's budget of the day and the installation's, like every other call.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from context.answers.answering import AgentAnswer, answer_call
from context.models import Release
from llm.budget import Budget, installation_budget, reserve, settle_all
from llm.calls import BudgetExhausted, Call, Reply, UnparsableAnswer
from llm.client import ask
from testing.models import Case, Result, Step
from testing.runs.customer import customer_call
from testing.runs.dialogue import Dialogue, Speaker
from testing.runs.estimates import estimate_trial
from testing.runs.grader import CaseGrade, grade_call, needs_grade
from testing.runs.trials import step_of
from testing.runs.verdict import verdict_on, why_ungraded


@dataclass
class Trial:
    """What came of it; `passed` is None where it could not be graded, and `ungraded` says why."""

    case: Case
    release: Release
    steps: list[Step] = field(default_factory=list)
    answer: AgentAnswer | None = None
    failures: list[str] = field(default_factory=list)
    passed: bool | None = None
    reason: str = ""
    quote: str = ""
    ungraded: str = ""
    cost_usd: Decimal = Decimal(0)
    latency_ms: int = 0

    @property
    def spoken(self) -> list[Step]:
        """What was said and looked up, the lines of the script among it."""
        return Dialogue(self.case, self.steps).spoken


def try_case(case: Case, release: Release, now: datetime) -> Trial:
    """Ask the release the case once, stored or not.

    Raises BudgetExhausted and UnknownPrice before anything is asked, and what `llm.client.ask`
    raises.
    """
    trial = Trial(case, release)
    agent = case.suite.agent
    budgets = [
        Budget(agent.budget_scope, agent.local_date(now), agent.daily_budget_usd),
        installation_budget(now),
    ]
    with _paid(budgets, estimate_trial(release, case), trial):
        dialogue = _talk(case, release, trial, now)
        _judge(case, dialogue, trial)
    return trial


@contextmanager
def _paid(budgets: list[Budget], usd: Decimal, trial: Trial) -> Iterator[None]:
    """Reserve the estimate in every budget or in none, and settle what the trial took."""
    held: list[Budget] = []
    try:
        for budget in budgets:
            reserve(budget.scope, budget.day, usd, budget.cap)
            held.append(budget)
    except BudgetExhausted:
        settle_all(held, usd, Decimal(0))
        raise
    try:
        yield
    finally:
        settle_all(held, usd, trial.cost_usd)


def _talk(case: Case, release: Release, trial: Trial, now: datetime) -> Dialogue:
    """Let the release, and whom the case has speak, speak until the dialogue ends."""
    row = Result(case=case, release=release, trial=1)
    while True:
        dialogue = Dialogue(case, trial.steps)
        match dialogue.next_speaker:
            case Speaker.NOBODY:
                trial.answer = dialogue.answer
                return dialogue
            case Speaker.CUSTOMER:
                reply = _ask(customer_call(case, dialogue.turns), trial)
            case _:
                reply = _ask(answer_call(release, dialogue.turns), trial)
                trial.latency_ms += reply.latency_ms
        workspace = case.suite.agent.workspace
        trial.steps = [*trial.steps, step_of(row, reply, len(trial.steps), workspace, now)]


def _judge(case: Case, dialogue: Dialogue, trial: Trial) -> None:
    """Decide by the assertions where they can, else by the grader with its quote."""
    verdict = verdict_on(dialogue)
    trial.failures, trial.ungraded = verdict.failures, verdict.ungraded
    if trial.ungraded or trial.failures:
        trial.passed = None if trial.ungraded else False
        return
    assert dialogue.answer is not None  # without one the assertions do not hold
    if not needs_grade(case, dialogue.answer):
        trial.passed = True
        return
    said = () if dialogue.is_single_answer else dialogue.turns
    grade = _ask(grade_call(case, dialogue.answer, said), trial).parsed
    assert isinstance(grade, CaseGrade)
    trial.quote, trial.reason = grade.quote, grade.reason
    trial.ungraded = why_ungraded(dialogue, grade)
    trial.passed = None if trial.ungraded else grade.verdict == "pass"


def _ask(call: Call, trial: Trial) -> Reply:
    """Ask, and count what it took, also when its answer could not be used."""
    try:
        reply = ask(call)
    except UnparsableAnswer as error:
        trial.cost_usd += error.cost_usd
        raise
    trial.cost_usd += reply.cost_usd
    return reply
