"""What a weekly report is made of: plain numbers, frozen with the report, from which every sentence
is derived. Shares are fractions, CSAT is 1 to 5, money is US dollars, days are ISO dates.
"""

from dataclasses import field
from datetime import date
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

FORM = 1  # of these classes; a stored report says in which form it is kept
FROZEN = ConfigDict(extra="ignore")


@dataclass(frozen=True, config=FROZEN)
class Estimate:
    """A value with its n and 95 % interval; `reason` says why there is none."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True, config=FROZEN)
class UsualRange:
    """Between what the figure was expected, and from how many weeks that is known."""

    low: float | None
    high: float | None
    weeks: int
    reason: str = ""


@dataclass(frozen=True, config=FROZEN)
class FigureLine:
    """One figure: this week, the week before, and its usual range."""

    key: str
    label: str
    kind: str
    this: Estimate
    before: Estimate | None
    usual: UsualRange
    up_is_good: bool | None = None
    ripe: bool = True

    @property
    def change(self) -> float | None:
        """This week minus the week before."""
        if self.before is None or self.before.value is None or self.this.value is None:
            return None
        return self.this.value - self.before.value

    @property
    def place(self) -> str:
        """`above`, `below`, `within`, or empty where no range is known or the week is not ripe."""
        if self.usual.low is None or self.usual.high is None or self.this.value is None:
            return ""
        if not self.ripe:
            return ""
        if self.this.value < self.usual.low:
            return "below"
        return "above" if self.this.value > self.usual.high else "within"

    @property
    def mood(self) -> str:
        """`good` or `bad` only where the figure has left its range in a direction that says so."""
        if self.up_is_good is None or self.place not in ("above", "below"):
            return ""
        return "good" if (self.place == "above") == self.up_is_good else "bad"


@dataclass(frozen=True, config=FROZEN)
class DocumentLine:
    """One document of a release that differs from what was live before."""

    slug: str
    title: str
    kind: str


@dataclass(frozen=True, config=FROZEN)
class ReleaseLine:
    """A release that went live, or came back, in the week."""

    number: int
    day: date
    by: str
    rollback: bool
    reason: str
    note: str
    prompt: bool
    settings: list[str]
    documents: list[DocumentLine]
    before: int | None


@dataclass(frozen=True, config=FROZEN)
class EffectLine:
    """What one release is associated with on one figure, as computed last."""

    release: int
    figure: str
    label: str
    rate: bool
    verdict: str
    before: float | None
    after: float | None
    difference: float | None
    low: float | None
    high: float | None
    provisional: bool
    reason: str
    caused: bool = False
    role: str = ""


@dataclass(frozen=True, config=FROZEN)
class Ask:
    """Something a person has to decide, and where."""

    text: str
    detail: str
    path: str
    urgent: bool = False


@dataclass(frozen=True, config=FROZEN)
class Idea:
    """An open proposal or a group of new questions, with its weight."""

    title: str
    volume: int
    failures: int
    path: str
    conflicts: int = 0


@dataclass(frozen=True, config=FROZEN)
class AlertLine:
    """A figure that left its usual range."""

    label: str
    kind: str
    week: str
    value: float
    low: float
    high: float
    ended: bool
    acknowledged_by: str
    note: str


@dataclass(frozen=True, config=FROZEN)
class ReviewerLine:
    """What one reviewer did in the week."""

    name: str
    decided: int
    skipped: int
    minutes: float


@dataclass(frozen=True, config=FROZEN)
class TeamLine:
    """What all of them did; `same` of `doubles` blind double reviews agreed."""

    decided: int
    skipped: int
    minutes: float
    doubles: int
    same: int
    reviewers: list[ReviewerLine]
    drawn: int
    judged: int


@dataclass(frozen=True, config=FROZEN)
class CostLine:
    """Dollars of the loop's own model calls in the week, and of the agent's answers."""

    models_usd: float
    calls: int
    per_conversation: Estimate


@dataclass(frozen=True, config=FROZEN)
class PointLine:
    """One point of the chart."""

    key: str
    week: str
    monday: date
    value: float
    n: int
    low: float | None
    high: float | None
    provisional: bool


@dataclass(frozen=True, config=FROZEN)
class MarkLine:
    """A release marker of the chart."""

    number: int
    day: date
    title: str


@dataclass(frozen=True, config=FROZEN)
class ReportData:
    """Everything a report says, and nothing it does not."""

    agent: str
    workspace: str
    base: str
    week: str
    monday: date
    composed_on: date
    provisional: bool
    final_on: date
    simulated: bool
    local_model: bool
    conversations: int
    conversations_before: int | None
    figures: list[FigureLine]
    releases: list[ReleaseLine]
    effects: list[EffectLine]
    asks: list[Ask]
    proposals: list[Idea]
    proposal_count: int
    questions: list[Idea]
    question_count: int
    contradictions: int
    alerts: list[AlertLine]
    team: TeamLine
    cost: CostLine
    points: list[PointLine] = field(default_factory=list)
    marks: list[MarkLine] = field(default_factory=list)
    error: float = 0.05
    form: int = FORM

    def figure(self, key: str) -> FigureLine | None:
        """The line of one figure, if it is told."""
        return next((line for line in self.figures if line.key == key), None)


_ADAPTER = TypeAdapter(ReportData)


def stored(data: ReportData) -> dict[str, Any]:
    """The report as JSON values."""
    kept: dict[str, Any] = _ADAPTER.dump_python(data, mode="json")
    return kept


def read(kept: dict[str, Any]) -> ReportData:
    """The report that was stored."""
    return _ADAPTER.validate_python(kept)
