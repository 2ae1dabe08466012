"""What comes in and goes out over REST: checked at the border, shown in OpenAPI."""

from datetime import date as Day
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from reviews.desk.findings import CaseDraft, ProposalDraft


class Incoming(BaseModel):
    """A body in which unknown fields are errors."""

    model_config = ConfigDict(extra="forbid")

    reviewer: str = Field("", description="A member's user name; the maker of the key if empty.")


class NextIn(Incoming):
    """Which queue to claim from."""

    date: Day | None = Field(None, description="Of the queue; today's if empty.")


class PutBackIn(Incoming):
    """Putting an item back."""


class SkipIn(Incoming):
    """Skipping an item."""

    reason: str = Field(min_length=1, max_length=300)


class AnswerIn(BaseModel):
    """A person's answer to one criterion."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["pass", "fail", "na"]
    quote: str = Field("", max_length=5000)


class VerdictIn(Incoming):
    """A verdict, and what it is to make besides."""

    answers: dict[str, AnswerIn]
    root_cause: str = ""
    note: str = Field("", max_length=10_000)
    make_case: CaseDraft | None = None
    make_proposal: ProposalDraft | None = None


class ItemOut(BaseModel):
    """One item of the queue."""

    id: int
    date: Day
    conversation: int
    external_id: str
    slot: int
    position: int
    state: str
    reason: str
    stratum: str = Field(description="Empty while it is blind: it tells the judge's grade.")
    inclusion_probability: float
    blind: bool
    assigned_to: str | None
    claimed_by: str | None
    lease_until: datetime | None


class CriterionResultOut(BaseModel):
    """The judge's answer to one criterion."""

    key: str
    verdict: str
    message_id: str
    quote: str
    reason: str
    verified: bool


class ReviewOut(BaseModel):
    """The judge's review of one conversation; `passed` is empty while it has no result."""

    id: int
    conversation: int
    external_id: str
    day: Day
    state: str
    error: str
    passed: bool | None
    score: float | None
    grade: int | None
    severity: str
    root_cause: str
    question: str
    missing_fact: str
    partial_view: bool
    model: str
    judge: str
    scorecard: int
    cost_usd: float
    results: list[CriterionResultOut]


class ItemMessageOut(BaseModel):
    """One message of the conversation to be judged."""

    author: str
    public: bool
    text: str
    sent_at: datetime


class CriterionOut(BaseModel):
    """One criterion to be answered."""

    key: str
    name: str
    question: str
    critical: bool
    weight: int


class ClaimedOut(ItemOut):
    """A claimed item with all that a reviewer needs; `review` is empty while it is blind."""

    messages: list[ItemMessageOut]
    criteria: list[CriterionOut]
    root_causes: list[str]
    documents: list[str]
    release: int | None
    review: ReviewOut | None


class StratumOut(BaseModel):
    """One stratum: N conversations, n of them drawn."""

    name: str
    size: int
    drawn: int


class QueueOut(BaseModel):
    """A day's queue, and a page of its items."""

    date: Day | None
    population: int
    strata: list[StratumOut]
    progress: dict[str, int]
    data: list[ItemOut]
    next_cursor: str | None


class VerdictOut(BaseModel):
    """A person's verdict."""

    id: int
    item: int | None
    conversation: int
    external_id: str
    reviewer: str
    passed: bool
    root_cause: str
    note: str
    answers: dict[str, str]
    case: int | None
    proposal: int | None
    blind: bool = Field(description="Given before the judge's opinion was shown.")
    seconds: int
    created_at: datetime
    withdrawn_at: datetime | None
    supersedes: int | None = Field(
        description="The verdict whose place this final decision of a dispute took."
    )


class ReviewList(BaseModel):
    """A page of reviews."""

    data: list[ReviewOut]
    next_cursor: str | None


class VerdictList(BaseModel):
    """A page of verdicts."""

    data: list[VerdictOut]
    next_cursor: str | None


class SkippedOut(BaseModel):
    """The item that takes the place of a skipped one; empty when its stratum has no more."""

    replacement: ItemOut | None
