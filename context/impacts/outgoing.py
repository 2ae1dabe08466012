"""The shape of an impact as REST gives it."""

from datetime import date, datetime

from pydantic import BaseModel

from context.rollouts.rendering import RolloutSplitOut


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


class SplitDayOut(BaseModel):
    """One day of a split: customers with a value on each side, and that value."""

    day: date
    new_n: int
    new: float | None
    live_n: int
    live: float | None


class FoundOut(BaseModel):
    """What a release did to one figure; shares are fractions, differences of them too.

    `difference` is without the mix; `before` and `after` are levels as counted. Of a split they are
    the live and the new side, and `difference` is new minus live.
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


class ImpactOut(FoundOut):
    """What the days before and after say of one figure, with those days."""

    days: list[ImpactDayOut]


class SplitImpactOut(FoundOut):
    """What a split of traffic says of one figure, with its days."""

    days: list[SplitDayOut]


class SplitFoundOut(BaseModel):
    """A rollout that ran its planned days. `days_looked` daily looks at the `guardrails` spent
    `alpha_spent` of the 5 % of false alarms that all of them may raise.
    """

    baseline: int
    share: int
    days: int
    started_at: datetime
    ends_at: datetime
    split: RolloutSplitOut
    guardrails: list[str]
    days_looked: int
    alpha_spent: float
    data: list[SplitImpactOut]


class TestedOut(BaseModel):
    """A primary figure that could be tested: of a release's split, or of its days."""

    release: int
    figure: str
    split: bool
    p: float
    verdict: str


class AlarmsOut(BaseModel):
    """Primary figures that stood out in the last year, beside those that luck would make."""

    tested: list[TestedOut]

    comparisons: int
    seen: int
    expected: float
    chance: float


class ImpactList(BaseModel):
    """The newest impact on each figure, primary first, then guardrails, then the rest.

    `data` is associated with one time of being live, `splits` (the newest first) were caused by
    the release: where there is one, it gives the verdict.
    """

    data: list[ImpactOut]
    splits: list[SplitFoundOut]
    alarms: AlarmsOut
