"""What comes in and goes out over REST about working as a team: disputes and assignments."""

from datetime import datetime

from pydantic import BaseModel, Field

from reviews.schema import Incoming


class AssignIn(Incoming):
    """Assigning an item. `reviewer` is who assigns it."""

    assignee: str | None = Field(
        None, description="A member's user name; empty: for whoever comes first."
    )


class DisputeIn(Incoming):
    """Doubting a verdict."""

    reason: str = Field(min_length=1, max_length=10_000)
    second_reader: str = Field(
        "", description="The member who is to read it again; anyone who may, if empty."
    )


class OpinionOut(BaseModel):
    """A second opinion, given blind."""

    reviewer: str
    passed: bool
    root_cause: str
    note: str
    answers: dict[str, str]
    submitted_at: datetime


class DisputeOut(BaseModel):
    """A disputed verdict; `final` is the verdict that took its place, empty where it stands."""

    id: int
    verdict: int
    conversation: int
    external_id: str
    status: str
    reason: str
    opened_by: str
    opened_at: datetime
    second_reader: str | None
    second_opinion: OpinionOut | None
    outcome: str
    decision_reason: str
    decided_by: str | None
    decided_at: datetime | None
    decider_was_involved: bool
    final: int | None


class DisputeList(BaseModel):
    """A page of disputes."""

    data: list[DisputeOut]
    next_cursor: str | None
