"""The shapes of a comparison over REST, as OpenAPI shows them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class IntervalOut(BaseModel):
    """An estimate with its 95 % interval; `reason` says why there is none.

    `p`, two-sided, is of "the truth is 0" and means something for differences.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    p: float | None = None
    method: str
    reason: str


class ClaimOut(BaseModel):
    """How clear a difference is among the suites in which the release was compared (Holm)."""

    p: float
    adjusted_p: float
    suites: int
    is_clear: bool


class OutlookOut(BaseModel):
    """What the comparison could have shown (80 % power), and what one of the margin needs."""

    smallest_difference: float
    margin: float
    power_at_margin: float
    cases_needed: int
    advice: str


class PassAllOut(BaseModel):
    """The chance that all of k trials pass, by the unbiased formula."""

    k: int
    candidate: IntervalOut
    baseline: IntervalOut | None


class SideOut(BaseModel):
    """What the answers of a release cost and how long they took; None where none was given."""

    trials: int
    mean_usd: float | None
    p50_ms: float | None
    p95_ms: float | None


class CostsOut(BaseModel):
    """Cost and latency of both releases, and their differences paired by case."""

    candidate: SideOut
    baseline: SideOut | None
    cost_difference_usd: IntervalOut | None
    latency_difference_ms: IntervalOut | None


class ComparisonOut(BaseModel):
    """The release beside the baseline; only cases with every trial graded enter the numbers."""

    candidate_rate: IntervalOut
    baseline_rate: IntervalOut | None
    difference: IntervalOut | None
    claim: ClaimOut | None
    outlook: OutlookOut | None
    sentence: str
    pass_hat_k: list[PassAllOut]
    costs: CostsOut
    cases: int
    ungraded: list[str]
    flaky: list[str]
    fixed: list[str]
    regressed: list[str]
    lost: list[str]


class RegradeOut(BaseModel):
    """A sample of a run's grades asked for again: how often they flip, and what that does (95 %) to
    the release's pass rate and to the difference.
    """

    id: int
    run: int
    state: Literal["running", "done", "cancelled"]
    progress: dict[str, int]
    estimated_usd: float
    spent_usd: float
    created_at: datetime
    finished_at: datetime | None
    stop_reason: str
    flip_rate: IntervalOut
    turned_to_fail: int
    turned_to_pass: int
    ungraded: int
    noise_of_rate: float | None
    noise_of_difference: float | None
    most_noise_of_difference: float | None
    sentence: str


class RegradeList(BaseModel):
    """A page of re-gradings, newest first."""

    data: list[RegradeOut]
    next_cursor: str | None
