"""One trial: the release answers, assertions decide what they can, the grader the rest.

A trial is worked call by call, and each finished call is a row before the next is asked: a worker
that is killed repeats none. Whose failure it is stays visible: an error before the dialogue's end
is the model's or the simulated customer's, one after it the grader's, and none is ever a fail of
the release.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.masking import mask
from accounts.models import Workspace
from context.answers.answering import AgentAnswer, answer_call
from llm.calls import Call, Reply, ToolCalls, UnparsableAnswer
from llm.states import WorkState
from llm.work import Outcome, write
from testing.models import Case, Result, Run, Step
from testing.runs.customer import CustomerTurn, customer_call
from testing.runs.dialogue import Dialogue, Speaker
from testing.runs.grader import CaseGrade, grade_call, needs_grade, why_no_grade
from testing.runs.playback import play_back
from testing.runs.verdict import verdict_on, why_ungraded

_COLUMNS = """
action reply sources missing_facts ending calls_outside passed failures quote reason answer_model
grade_model same_answer_as input_tokens output_tokens cost_usd answer_usd latency_ms state
claimed_by lease_until attempts error finished_at
"""
WRITTEN = _COLUMNS.split()

Twins = dict[tuple[Any, ...], Result]


@dataclass(frozen=True)
class TrialWorker:
    """The calls of a run's trials, as `llm.work.run` asks for them."""

    run: Run
    now_fn: Callable[[], datetime]

    @property
    def workspace(self) -> Workspace:
        """Whose masking rules hold."""
        return self.run.suite.agent.workspace

    def prepare(self, result: Result) -> Call:
        """The call this trial needs next: an answer, the customer's turn, or the grade."""
        if result.is_answered:
            return call_for_grade(result)
        dialogue = dialogue_of(result)
        seed = seed_of(self.run.seed, result.trial)
        if dialogue.next_speaker == Speaker.CUSTOMER:
            return customer_call(result.case, dialogue.turns, seed=seed)
        return answer_call(result.release, dialogue.turns, seed=seed)

    def finish(self, batch: list[tuple[Result, Outcome]]) -> None:
        """Write what came back; a trial that needs another call leaves its row pending."""
        now = self.now_fn()
        twins = self._twins(result for result, _ in batch)
        steps: list[Step] = []
        for result, outcome in batch:
            result.finished_at = now
            count_cost(result, outcome)
            if not isinstance(outcome, Reply):
                continue
            if isinstance(outcome.parsed, CaseGrade):
                take_grade(result, outcome.parsed, outcome.model)
            else:
                steps += self._go_on(result, outcome, twins)
        Step.objects.bulk_create(steps)
        write([result for result, _ in batch], WRITTEN)

    def _go_on(self, result: Result, reply: Reply, twins: Twins) -> list[Step]:
        """Take a call of the dialogue; returns the row it leaves, none for a single answer."""
        earlier = list(result.steps.all())
        step = step_of(result, reply, len(earlier), self.workspace, self.now_fn())
        if step.kind != Step.Kind.CUSTOMER:
            result.latency_ms += reply.latency_ms
            result.answer_usd += reply.cost_usd
        dialogue = Dialogue(result.case, [*earlier, step])
        if dialogue.next_speaker != Speaker.NOBODY:
            await_next_call(result)
            return [step]
        conclude(result, dialogue)
        if result.passed is None and not result.error:
            await_grade(result, twins if dialogue.is_single_answer else {})
        return [] if dialogue.is_single_answer else [step]

    def _twins(self, results: Iterable[Result]) -> Twins:
        """Single answers to these cases in this run by what the grader is shown of them."""
        cases = {result.case_id for result in results if result.case.kind == Case.Kind.QUESTION}
        answered = Result.objects.filter(
            run=self.run,
            case__in=cases,
            same_answer_as=None,
            is_shared=False,
            failures=[],
            ending="",
        ).exclude(answer_model="")
        standing = answered.exclude(state__in=(WorkState.FAILED, WorkState.SKIPPED))
        return {grader_sees(result): result for result in standing.order_by("-position")}


def dialogue_of(result: Result) -> Dialogue:
    """The dialogue of a trial so far; the rows of its steps are prefetched for work."""
    return Dialogue(result.case, list(result.steps.all()))


def call_for_grade(result: Result) -> Call:
    """The question to the grader about a trial whose dialogue has ended."""
    dialogue = dialogue_of(result)
    return grade_call(result.case, answer_of(result), dialogue.turns if dialogue.steps else ())


def answer_of(result: Result) -> AgentAnswer:
    """The answer that a trial's row holds; of a dialogue, the last action and all that was said."""
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


def step_of(
    result: Result, reply: Reply, position: int, workspace: Workspace, at: datetime
) -> Step:
    """The row of a finished call, its texts masked."""

    def masked(text: str) -> str:
        return mask(text.replace("\0", ""), workspace)

    step = Step(
        result=result,
        position=position,
        model=reply.model,
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        cost_usd=reply.cost_usd,
        latency_ms=reply.latency_ms,
        finished_at=at,
    )
    match reply.parsed:
        case ToolCalls() as wanted:
            step.kind, step.calls = Step.Kind.TOOLS, play_back(result.case, wanted, workspace)
        case CustomerTurn(decision=decision, text=text):
            step.kind, step.action, step.text = Step.Kind.CUSTOMER, decision, masked(text)
        case AgentAnswer() as answer:
            step.kind, step.action = Step.Kind.ANSWER, answer.action
            step.text, step.reason = masked(answer.reply), masked(answer.reason)
            step.sources, step.missing_facts = answer.sources, answer.missing_facts
    return step


def await_next_call(result: Result) -> None:
    """Leave the row pending, free to claim."""
    result.state, result.claimed_by, result.lease_until = WorkState.PENDING, "", None
    result.attempts, result.error = 0, ""


def conclude(result: Result, dialogue: Dialogue) -> None:
    """Keep what the release did in all, and decide the trial where assertions alone can."""
    answer = dialogue.answer
    if answer is not None:
        result.action, result.reply, result.sources = answer.action, answer.reply, answer.sources
        result.missing_facts, result.reason = answer.missing_facts, answer.reason
    result.ending = "" if dialogue.is_single_answer else dialogue.ending
    result.calls_outside = len(dialogue.outside)
    result.answer_model = dialogue.model
    verdict = verdict_on(dialogue)
    result.failures, result.error = verdict.failures, ""
    if verdict.ungraded:
        leave_ungraded(result, verdict.ungraded)
    elif verdict.failures:
        result.passed, result.reason = False, "; ".join(verdict.failures)
    elif answer is not None and not needs_grade(result.case, answer):
        result.passed = True
        result.reason = "Every assertion holds, and nothing else is asked for."


def leave_ungraded(result: Result, why: str) -> None:
    """End the trial without a verdict."""
    result.state, result.claimed_by, result.lease_until = WorkState.FAILED, "", None
    result.error = why


def await_grade(result: Result, twins: Twins) -> None:
    """Leave the row pending for its grade, or for the grade of an earlier trial with its answer."""
    await_next_call(result)
    twin = twins.setdefault(grader_sees(result), result)
    result.same_answer_as = twin if twin is not result else None


def take_grade(result: Result, grade: CaseGrade, model: str) -> None:
    """Keep a grade whose quote is verified; any other leaves the trial failed and ungraded, as does
    a fail of a dialogue that went outside the recording.
    """
    result.grade_model, result.quote, result.reason = model, grade.quote, grade.reason
    dialogue = dialogue_of(result)
    if dialogue.steps:
        problem = why_ungraded(dialogue, grade)
    else:
        problem = why_no_grade(result.case, answer_of(result), grade)
    if problem:
        leave_ungraded(result, problem)
    else:
        result.passed = grade.verdict == "pass"
