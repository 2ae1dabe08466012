"""The shapes of the gate over REST: its checks, and its rules."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel


class NamedCase(BaseModel):
    """A case that a check rests on, and how it went."""

    case: int
    key: str
    question: str
    outcome: str
    url: str


class GateCheckOut(BaseModel):
    """A check the gate wrote: what it says, what to do next, and the rules it was decided by."""

    name: str
    required: bool
    status: Literal["pending", "passed", "failed", "undecided"]
    summary: str
    advice: str
    url: str
    cases: list[NamedCase]
    rules: dict[str, Any]
    created_at: datetime


class GateOut(BaseModel):
    """The gate's answer. `passed`: every required check has passed; `missing`: which has not."""

    release: int
    outcome: Literal["passed", "failed", "undecided"]
    passed: bool
    url: str
    checks: list[GateCheckOut]
    missing: dict[str, str]
    running: list[int]


class SuiteRule(BaseModel):
    """Whether a suite decides its kind's check, and its own margin."""

    id: int
    name: str
    kind: Literal["questions", "context", "regression"]
    decides: bool
    margin: float | None


class RulesOut(BaseModel):
    """The rules of an agent's gate."""

    margin: float
    cases_for_an_interval: int
    trials: int
    least_trials: int
    most_ungraded: float
    targeted_share: float
    contradictions: str
    required_checks: list[str]
    critical_tags: list[str]
    suites: list[SuiteRule]
