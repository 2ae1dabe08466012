"""The shapes of what goes out over REST, as OpenAPI shows them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from testing.comparing.shapes import ComparisonOut
from testing.schema import CaseFields


class SuiteOut(BaseModel):
    """A suite with the number of its cases."""

    id: int
    kind: Literal["questions", "context", "regression"]
    name: str
    slug: str
    description: str
    archived_at: datetime | None
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
    cluster: int | None
    source: str
    source_url: str
    owner: str | None
    flaky_reason: str
    counts_in_gate: bool
    created_at: datetime


class CaseResult(BaseModel):
    """What became of one case of a list or a file, which says where it stands there.

    `changes` are the fields that differ; `left_out` is what of it a case has no place for.
    """

    index: int
    place: str = ""
    status: Literal["created", "changed", "unchanged", "error"]
    id: int | None = None
    key: str = ""
    changes: list[str] = []
    left_out: list[str] = []
    errors: list[dict[str, str]] = []


class CaseResults(BaseModel):
    """The answers to a list of cases, in its order."""

    data: list[CaseResult]


class CaseFile(BaseModel):
    """The answers to the cases of a file; `batch` is what is undone as a whole."""

    batch: int | None
    data: list[CaseResult]


class Undone(BaseModel):
    """How many cases are as they were before, and why others are not."""

    undone: int
    refusals: list[str]


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
    saved_calls: int
    created_at: datetime
    finished_at: datetime | None
    stop_reason: str
    url: str


class RunDetail(RunOut):
    """A run with its comparison so far."""

    comparison: ComparisonOut


class ToolCallOut(BaseModel):
    """A call of a tool, with the recorded result; an error where nothing was recorded."""

    id: str
    name: str
    arguments: dict[str, Any]
    result: str
    is_recorded: bool


class StepOut(BaseModel):
    """One finished call of a conversation: an answer, a use of tools, the customer's message.

    `action` is the release's, or goes_on, satisfied or gives_up of the customer.
    """

    position: int
    kind: Literal["answer", "tools", "customer"]
    action: str
    text: str
    sources: list[str]
    missing_facts: list[str]
    reason: str
    calls: list[ToolCallOut]
    model: str
    latency_ms: int
    cost_usd: float


class TrialOut(BaseModel):
    """One trial; `passed` is null while it is not graded, and `error` says why it could not be.

    `shared`: the baseline's trial of this number made the identical request, which was asked once.
    In a conversation `reply` is all the release said, and `ending` how it ended; else `steps` is
    empty.
    """

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
    shared: bool
    cost_usd: float
    answer_usd: float
    latency_ms: int
    ending: str
    calls_outside: int
    steps: list[StepOut]


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

    data: list[TrialOut]
    next_cursor: str | None
