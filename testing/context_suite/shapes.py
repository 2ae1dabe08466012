"""The shapes of a context test and of contradictions, as OpenAPI shows them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from testing.schema import Incoming


class ChangeCaseOut(BaseModel):
    """A case of a change; `verdict` is draft, not asked, ungraded, learned, used or not used."""

    id: int
    key: str
    question: str
    verdict: str


class GuardOut(BaseModel):
    """A near neighbour; `verdict` is draft, not asked, ungraded, lost, regressed, fixed or same."""

    id: int
    key: str
    question: str
    likeness: float
    reason: str
    verdict: str


class OldFactOut(BaseModel):
    """An answer of the candidate that still says what the change took away."""

    case: int
    fact: str
    quote: str


class ContextChangeOut(BaseModel):
    """One document or prompt section that differs from the live release.

    `verdict` is nothing new, learned, used, partly used, not used or not tested; `error` says why
    no case could be drafted.
    """

    kind: Literal["added", "changed", "removed", "prompt"]
    name: str
    title: str
    verdict: str
    error: str
    cases: list[ChangeCaseOut]
    guards: list[GuardOut]
    relying: list[int]
    old_facts: list[OldFactOut]


class ContradictionOut(BaseModel):
    """Two passages that cannot both be right; quotes are empty until a model has judged."""

    id: int
    kind: Literal["number", "negation", "condition"]
    status: Literal["suspected", "open", "cleared", "dismissed", "fixed"]
    first_slug: str
    first_passage: str
    first_quote: str
    second_slug: str
    second_passage: str
    second_quote: str
    reason: str
    model: str
    decision_reason: str
    found_at: datetime
    decided_at: datetime | None


class ContradictionList(BaseModel):
    """A page of contradictions, the newest first."""

    data: list[ContradictionOut]
    next_cursor: str | None


class ContextTestOut(BaseModel):
    """A release's context test; `progress` is null while it was not prepared."""

    release: int
    baseline: int | None
    sentence: str
    next_step: str
    progress: dict[str, int] | None
    run: int | None
    changes: list[ContextChangeOut]
    contradictions: list[ContradictionOut]


class DismissIn(Incoming):
    """Why the two passages may both stand."""

    reason: Annotated[str, Field(min_length=1, max_length=300)]
