"""The shapes of what REST answers about trails, for OpenAPI."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from context.impacts.outgoing import FoundOut
from context.outgoing import ProposalOut


class TrailStepOut(BaseModel):
    """One link of the chain; `who` has to act where it waits."""

    name: Literal["finding", "proposal", "document", "release", "cases", "impact"]
    state: Literal["done", "waits", "stopped", "later"]
    words: str
    who: str


class TrailFindingOut(BaseModel):
    """A conversation that showed the fact; `quotes` by message."""

    conversation: int
    external_id: str
    topic: str
    outcome: str
    quotes: dict[str, str]
    flags: list[str]


class FoundByOut(BaseModel):
    """A reviewer's verdict that proposed it."""

    verdict: int
    conversation: int
    reviewer: str
    passed: bool
    root_cause: str
    note: str
    created_at: datetime


class PublishedOut(BaseModel):
    """A period in which its release was live."""

    release: int
    started_at: datetime
    ended_at: datetime | None
    by: str | None
    reason: str
    rollback: bool


class TrialsOut(BaseModel):
    """How a release did in a case when a run of its release asked last."""

    run: int
    release: int
    passed: int
    of: int


class TrailCaseOut(BaseModel):
    """A case made from it."""

    id: int
    key: str
    suite: str
    status: str
    question: str
    release: TrialsOut | None
    baseline: TrialsOut | None


class TrailOut(BaseModel):
    """From finding to impact; `impacts` are those of the whole release."""

    proposal: ProposalOut
    steps: list[TrailStepOut]
    findings: list[TrailFindingOut]
    more_findings: int
    verdicts: list[FoundByOut]
    publications: list[PublishedOut]
    cases: list[TrailCaseOut]
    impacts: list[FoundOut]


class BecameOut(BaseModel):
    """A week's findings, and how far the proposals made in it have come."""

    week: date
    findings: int
    proposals: int
    waiting: int
    declined: int
    accepted: int
    live: int
    improved: int
    regressed: int


class BecameList(BaseModel):
    """Weeks, the newest first."""

    data: list[BecameOut]
