"""What goes out over REST: the shapes OpenAPI shows, and the functions that fill them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from context.models import Check
from testing.comparison import Comparison, compare, difference_sentence
from testing.evidence import interval_json
from testing.exchange import Brought
from testing.gate import run_url
from testing.models import Case, Result, Run, Suite
from testing.schema import CaseFields


class SuiteOut(BaseModel):
    """A suite with the number of its cases."""

    id: int
    kind: Literal["questions", "context", "regression"]
    name: str
    slug: str
    drafts: int
    approved: int
    last_run: int | None


class CaseOut(CaseFields):
    """A case as it stands."""

    id: int
    suite: int
    status: Literal["draft", "approved", "retired"]
    conversation: int | None
    proposal: int | None
    created_at: datetime


class CaseResult(BaseModel):
    """What became of one case of a list."""

    index: int
    status: Literal["created", "changed", "unchanged", "error"]
    id: int | None = None
    key: str = ""
    errors: list[dict[str, str]] = []


class CaseResults(BaseModel):
    """The answers to a list of cases, in its order."""

    data: list[CaseResult]


class IntervalOut(BaseModel):
    """An estimate with its 95 % interval; `reason` says why there is none."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    reason: str


class ComparisonOut(BaseModel):
    """The release beside the baseline; only cases with every trial graded enter the numbers."""

    candidate_rate: IntervalOut
    baseline_rate: IntervalOut | None
    difference: IntervalOut | None
    sentence: str
    pass_hat_k: dict[str, float]
    cases: int
    ungraded: list[str]
    flaky: list[str]
    fixed: list[str]
    regressed: list[str]
    lost: list[str]


class RunOut(BaseModel):
    """A run with its progress: trials by state."""

    id: int
    suite: int
    release: int
    baseline: int | None
    trials: int
    state: Literal["running", "done", "cancelled"]
    progress: dict[str, int]
    estimated_usd: float
    spent_usd: float
    created_at: datetime
    finished_at: datetime | None
    stop_reason: str
    url: str


class RunDetail(RunOut):
    """A run with its comparison so far."""

    comparison: ComparisonOut


class ResultOut(BaseModel):
    """One trial; `passed` is null while it is not graded, and `error` says why it could not be."""

    id: int
    case: int
    key: str
    release: int
    trial: int
    state: Literal["pending", "working", "done", "failed", "skipped"]
    action: str
    reply: str
    sources: list[str]
    passed: bool | None
    failures: list[str]
    quote: str
    reason: str
    error: str
    answer_model: str
    grade_model: str
    cost_usd: float
    latency_ms: int


class CheckOut(BaseModel):
    """A check the gate wrote."""

    name: str
    status: Literal["pending", "passed", "failed", "undecided"]
    summary: str
    url: str


class GateOut(BaseModel):
    """The gate's answer: whether every required check has passed."""

    passed: bool
    checks: list[CheckOut]
    running: list[int]


class SuiteList(BaseModel):
    """A page of suites."""

    data: list[SuiteOut]
    next_cursor: str | None


class CaseList(BaseModel):
    """A page of cases."""

    data: list[CaseOut]
    next_cursor: str | None


class RunList(BaseModel):
    """A page of runs, newest first."""

    data: list[RunOut]
    next_cursor: str | None


class ResultList(BaseModel):
    """A page of trials in the run's order."""

    data: list[ResultOut]
    next_cursor: str | None


def suite_json(suite: Suite) -> dict[str, Any]:
    """A suite that carries the counts of `with_counts()`."""
    counts = vars(suite)
    return {
        "id": suite.pk,
        "kind": suite.kind,
        "name": suite.name,
        "slug": suite.slug,
        "drafts": counts["draft_count"],
        "approved": counts["approved_count"],
        "last_run": counts["last_run_id"],
    }


def case_json(case: Case) -> dict[str, Any]:
    """A case."""
    return case.content() | {
        "id": case.pk,
        "suite": case.suite_id,
        "key": case.key,
        "status": case.status,
        "conversation": case.conversation_id,
        "proposal": case.proposal_id,
        "created_at": case.created_at,
    }


def brought_json(brought: Brought) -> dict[str, Any]:
    """What became of one case of a list."""
    return {
        "index": brought.index,
        "status": brought.status,
        "id": brought.case.pk if brought.case else None,
        "key": brought.case.key if brought.case else "",
        "errors": brought.errors,
    }


def run_json(run: Run) -> dict[str, Any]:
    """A run without its comparison."""
    return {
        "id": run.pk,
        "suite": run.suite_id,
        "release": run.release.number,
        "baseline": run.baseline.number if run.baseline else None,
        "trials": run.trials,
        "state": run.state,
        "progress": run.progress(),
        "estimated_usd": float(run.estimated_usd),
        "spent_usd": run.spent_usd(),
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "stop_reason": run.stop_reason,
        "url": run_url(run),
    }


def run_detail(run: Run) -> dict[str, Any]:
    """A run with its comparison so far."""
    margin = run.suite.agent.regression_margin
    return run_json(run) | {"comparison": comparison_json(compare(run), margin)}


def comparison_json(comparison: Comparison, margin: float) -> dict[str, Any]:
    """The rates, the paired difference, and the cases of each kind by their keys."""
    lists = ("ungraded", "flaky", "fixed", "regressed", "lost")
    return {
        "candidate_rate": interval_json(comparison.candidate_rate),
        "baseline_rate": interval_json(comparison.baseline_rate),
        "difference": interval_json(comparison.difference),
        "sentence": difference_sentence(comparison.difference, margin),
        "pass_hat_k": comparison.pass_hat_k(comparison.candidate_passes),
        "cases": len(comparison.complete),
    } | {name: [row.case.key for row in getattr(comparison, name)] for name in lists}


def result_json(result: Result) -> dict[str, Any]:
    """One trial, with the case and release selected."""
    columns = (
        "trial state action reply sources passed failures quote reason error answer_model "
        "grade_model latency_ms"
    )
    return {name: getattr(result, name) for name in columns.split()} | {
        "id": result.pk,
        "case": result.case_id,
        "key": result.case.key,
        "release": result.release.number,
        "cost_usd": float(result.cost_usd),
    }


def check_json(check: Check) -> dict[str, Any]:
    """A check as the gate answers it."""
    return {
        "name": check.name,
        "status": check.status,
        "summary": check.summary,
        "url": check.url,
    }
