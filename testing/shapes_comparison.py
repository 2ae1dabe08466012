"""The shapes of a comparison over REST, as OpenAPI shows them."""

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
