"""The shape of an impact as REST gives it."""

from datetime import date, datetime

from pydantic import BaseModel


class EvidenceOut(BaseModel):
    """What stands beside an impact: another view of the same change, or why there is none."""

    kind: str
    estimate: float | None
    low: float | None
    high: float | None
    n: int
    reason: str


class ImpactDayOut(BaseModel):
    """One day behind an impact: as counted, without the mix, and as the regression has it."""

    day: date
    with_days: list[date]
    release: int | None
    n: int
    value: float | None
    within: float | None
    fitted: float | None
    why_out: str


class ImpactOut(BaseModel):
    """What a release did to one figure; shares are fractions, differences of them too.

    `difference` is without the mix; `before` and `after` are levels as counted.
    """

    figure: str
    role: str
    verdict: str
    association: str
    sentence: str
    method: str
    before: float | None
    after: float | None
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    adjusted_p: float | None
    family: int
    matters: float
    n_before: int
    n_after: int
    days_before: int
    days_after: int
    first_day: date | None
    last_day: date | None
    excluded_share: float
    needed_days: int | None
    needed_conversations: int | None
    provisional: bool
    reason: str
    computed_at: datetime
    evidence: list[EvidenceOut]
    days: list[ImpactDayOut]


class AlarmsOut(BaseModel):
    """Primary figures that stood out in the last year, beside those that luck would make."""

    comparisons: int
    seen: int
    expected: float
    chance: float


class ImpactList(BaseModel):
    """The newest impact on each figure, primary first, then guardrails, then the rest."""

    data: list[ImpactOut]
    alarms: AlarmsOut
