"""The shapes of new questions over REST, as OpenAPI shows them, and of what is sent about them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from testing.shapes import CaseOut


class ClusterOut(BaseModel):
    """Like questions that no case covers; the counts are of its last week."""

    id: int
    name: str
    topic: str
    status: Literal["open", "added", "dismissed", "covered", "merged"]
    merged_into: int | None
    week: str = Field(description="ISO week, such as 2026-W47.")
    volume: int
    failures: int
    handovers: int
    rank: float
    examples: list[int] = Field(description="Conversations.")
    created_at: datetime
    decided_at: datetime | None


class ClusterList(BaseModel):
    """A page of clusters."""

    data: list[ClusterOut]
    next_cursor: str | None
    previous_cursor: str | None


class ClusterDecided(BaseModel):
    """A cluster after a decision, and the draft cases that were made of it."""

    cluster: ClusterOut
    cases: list[CaseOut]


class ClusterChange(BaseModel):
    """A new name: no discovery changes one that was given."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)


class ClusterMerge(BaseModel):
    """Into which open cluster."""

    model_config = ConfigDict(extra="forbid")

    into: int


class DiscoveryIn(BaseModel):
    """Which week to search; the last whole one unless given."""

    model_config = ConfigDict(extra="forbid")

    week: str | None = Field(default=None, pattern=r"^\d{4}-W\d{2}$")


class DiscoveryOut(BaseModel):
    """A search for new questions."""

    id: int
    week: str
    state: Literal["pending", "working", "done", "failed", "skipped"]
    step: Literal["reading", "comparing", "grouping", "naming"]
    done: int
    total: int
    questions: int
    covered: int
    alone: int
    unchanged: bool
    compared_by: str
    estimated_usd: float
    cost_usd: float
    error: str
    created_at: datetime
    finished_at: datetime | None
