"""One trial: the release answers, assertions decide what they can, the grader the rest.

A trial is worked in two steps with a call each, and its row is written between them: a worker that
is killed repeats neither an answer nor a grade. Whose failure it is stays visible: an error before
the answer is the model's, one after it the grader's, and neither is ever a fail of the release.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.masking import mask
from accounts.models import Workspace
from context.answering import AgentAnswer, answer_call
from llm.calls import Call, Reply, UnparsableAnswer
from llm.states import WorkState
from llm.work import Outcome, write
from testing.grader import CaseGrade, assertions, grade_call, needs_grade, why_no_grade
from testing.models import Result, Run

_COLUMNS = """
action reply sources missing_facts passed failures quote reason answer_model grade_model
same_answer_as input_tokens output_tokens cost_usd answer_usd latency_ms state claimed_by
lease_until attempts error finished_at
"""
WRITTEN = _COLUMNS.split()
COPIED = ("passed", "quote", "reason", "grade_model", "state", "error")

Twins = dict[tuple[Any, ...], Result]


@dataclass(frozen=True)
class TrialWorker:
    """The two steps of a run's trials, as `llm.work.run` calls them."""

    run: Run
    now_fn: Callable[[], datetime]

    @property
    def workspace(self) -> Workspace:
        """Whose masking rules hold."""
        return self.run.suite.agent.workspace

    def prepare(self, result: Result) -> Call:
        """The call this trial needs next: the release's answer, or the grade of it."""
        if result.is_answered:
            return grade_call(result.case, answer_of(result))
        return answer_call(
            result.release,
            result.case.messages,
            seed=seed_of(self.run.seed, result.trial),
        )

    def finish(self, batch: list[tuple[Result, Outcome]]) -> None:
        """Write what came back; an answer that is yet to be graded leaves its row pending."""
        now = self.now_fn()
        twins = self._twins(result for result, _ in batch)
        for result, outcome in batch:
            result.finished_at = now
            count_cost(result, outcome)
            if not isinstance(outcome, Reply):
                continue
            if isinstance(outcome.parsed, CaseGrade):
                take_grade(result, outcome.parsed, outcome.model)
            elif isinstance(outcome.parsed, AgentAnswer):
                take_answer(result, outcome.parsed, outcome, self.workspace)
                if result.passed is None:
                    await_grade(result, twins)
        write([result for result, _ in batch], WRITTEN)

    def _twins(self, results: Iterable[Result]) -> Twins:
        """Answered trials of these cases in this run by what the grader is shown of them."""
        cases = {result.case_id for result in results}
        answered = Result.objects.filter(
            run=self.run, case__in=cases, same_answer_as=None, failures=[]
        ).exclude(answer_model="")
        standing = answered.exclude(state__in=(WorkState.FAILED, WorkState.SKIPPED))
        return {grader_sees(result): result for result in standing.order_by("-position")}


def answer_of(result: Result) -> AgentAnswer:
    """The answer that a trial's row holds."""
    return AgentAnswer(
        action=result.action,  # type: ignore[arg-type]
        reply=result.reply,
        sources=result.sources,
        missing_facts=result.missing_facts,
    )


def grader_sees(result: Result) -> tuple[Any, ...]:
    """What of a trial goes to the grader: equal values are the identical request."""
    return result.case_id, result.action, result.reply, tuple(result.sources)


def seed_of(run_seed: int, trial: int) -> int:
    """The sampling seed of a trial: the same for both releases, another for each trial."""
    digest = hashlib.sha256(f"{run_seed}:{trial}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def count_cost(result: Result, outcome: Outcome) -> None:
    """Add what the call took, also when its answer could not be used."""
    if isinstance(outcome, Reply | UnparsableAnswer):
        result.input_tokens += outcome.input_tokens
        result.output_tokens += outcome.output_tokens
        result.cost_usd += outcome.cost_usd


def take_answer(result: Result, answer: AgentAnswer, reply: Reply, workspace: Workspace) -> None:
    """Keep the masked answer, and decide the trial where assertions alone can."""
    text = mask(answer.reply.replace("\0", ""), workspace)
    answer = answer.model_copy(update={"reply": text})
    result.action, result.reply, result.sources = answer.action, text, answer.sources
    result.missing_facts, result.reason = answer.missing_facts, answer.reason
    result.answer_model, result.latency_ms = reply.model, reply.latency_ms
    result.answer_usd = reply.cost_usd
    result.failures = assertions(result.case, answer)
    if result.failures:
        result.passed = False
        result.reason = "; ".join(result.failures)
    elif not needs_grade(result.case, answer):
        result.passed = True
        result.reason = "Every assertion holds, and nothing else is asked for."


def await_grade(result: Result, twins: Twins) -> None:
    """Leave the row pending for its grade, or for the grade of an earlier trial with its answer."""
    result.state, result.claimed_by, result.lease_until = WorkState.PENDING, "", None
    result.attempts, result.error = 0, ""
    twin = twins.setdefault(grader_sees(result), result)
    result.same_answer_as = twin if twin is not result else None


def take_grade(result: Result, grade: CaseGrade, model: str) -> None:
    """Keep a grade whose quote is verified; any other leaves the trial failed and ungraded."""
    result.grade_model, result.quote, result.reason = model, grade.quote, grade.reason
    problem = why_no_grade(result.case, answer_of(result), grade)
    if problem:
        result.state, result.claimed_by, result.lease_until = WorkState.FAILED, "", None
        result.error = problem
    else:
        result.passed = grade.verdict == "pass"


def copy_grades(run: Run, at: datetime) -> None:
    """Give trials with an identical answer the grade, or the failure, of the one graded."""
    ended = (WorkState.DONE, WorkState.FAILED, WorkState.SKIPPED)
    waiting = run.results.filter(state=WorkState.PENDING, same_answer_as__state__in=ended)
    for graded in run.results.filter(pk__in=waiting.values("same_answer_as")):
        copied = {name: getattr(graded, name) for name in COPIED}
        waiting.filter(same_answer_as=graded).update(**copied, finished_at=at)
