"""A rollout as REST, the command and the pages show it: its plan, its split, figures and looks."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, Self

from pydantic import BaseModel

from context.models import Arm, Figure, Rollout, RolloutLook
from context.rollouts.arms import Side, Sides, Split, arm_counts, difference, split_of, value_on
from stats.intervals import Interval

SHOWN = (
    Figure.AI_RESOLVED,
    Figure.AI_ANSWERED,
    Figure.AI_HANDOVER,
    Figure.CSAT,
    Figure.REOPENED,
    Figure.ASSISTED,
    Figure.JUDGE_PASSED,
    Figure.AI_SNOOZE,
    Figure.COST,
)


class ArmValueOut(BaseModel):
    """A value with its 95 % interval; null where there is none, and `reason` says why."""

    value: float | None
    n: int
    low: float | None
    high: float | None
    reason: str

    @classmethod
    def of(cls, interval: Interval) -> Self:
        """The value that an interval is about."""
        return cls(
            value=interval.estimate,
            n=interval.n,
            low=interval.low,
            high=interval.high,
            reason=interval.reason,
        )


class ArmFigureOut(BaseModel):
    """One figure on both sides, and new minus live: what the release caused."""

    figure: str
    method: str
    new: ArmValueOut
    live: ArmValueOut
    difference: ArmValueOut
    guardrail: bool


class ArmOut(BaseModel):
    """Who is on one side; `crossed` of the customers were answered by the other side's release."""

    customers: int
    repeated: int
    crossed: int


class RolloutSplitOut(BaseModel):
    """The split beside the planned one. `uneven` below p = 0.001, `not_followed` above 5 %."""

    new: ArmOut
    live: ArmOut
    without_reference: int
    new_share: float | None
    p: float
    uneven: bool
    crossed_share: float
    not_followed: bool
    repeated_share: float


class RolloutLookOut(BaseModel):
    """A look: `level` is the two-sided level it could be tested at, its interval is of that."""

    date: date
    figure: str
    information: float
    level: float
    n_new: int
    n_live: int
    difference: float | None
    low: float | None
    high: float | None
    decision: Literal["go_on", "stop", "too_few"]


class RolloutOut(BaseModel):
    """A rollout; `done` is the share of its planned days that has passed, `share` is in percent."""

    release: int
    baseline: int
    status: Literal["running", "paused", "stopped", "raised", "promoted", "replaced"]
    share: int
    days: int
    salt: str
    guardrails: list[str]
    started_at: datetime
    started_by: str | None
    reason: str
    ends_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str
    done: float
    split: RolloutSplitOut
    figures: list[ArmFigureOut]
    looks: list[RolloutLookOut]


def rollout_out(rollout: Rollout, at: datetime) -> RolloutOut:
    """A rollout with all that is known of it."""
    counts = arm_counts(rollout)
    plain = ("status", "share", "days", "salt", "started_at", "reason", "ends_at", "ended_at")
    return RolloutOut(
        **{name: getattr(rollout, name) for name in plain},
        release=rollout.release.number,
        baseline=rollout.baseline.number,
        guardrails=rollout.guardrails.split(),
        started_by=rollout.started_by.username if rollout.started_by else None,
        ended_by=rollout.ended_by.username if rollout.ended_by else None,
        end_reason=rollout.end_reason,
        done=rollout.done_share(at),
        split=split_out(split_of(rollout, counts)),
        figures=figures_out(rollout, counts),
        looks=[look_out(look) for look in rollout.looks.all()],
    )


def figures_out(rollout: Rollout, counts: Mapping[str, Sides]) -> list[ArmFigureOut]:
    """The figures that something was counted of, the guardrails among them."""
    guardrails = set(rollout.guardrails.split())
    found = []
    for figure in SHOWN:
        if sides := counts.get(figure):
            change = difference(figure, sides)
            found.append(
                ArmFigureOut(
                    figure=figure,
                    method=change.method,
                    new=ArmValueOut.of(value_on(figure, sides[Arm.NEW])),
                    live=ArmValueOut.of(value_on(figure, sides[Arm.LIVE])),
                    difference=ArmValueOut.of(change),
                    guardrail=figure in guardrails,
                )
            )
    return found


def split_out(split: Split) -> RolloutSplitOut:
    """The split and what is to be said of it."""
    return RolloutSplitOut(
        new=side_out(split.new),
        live=side_out(split.live),
        without_reference=split.without_reference,
        new_share=split.new_share,
        p=split.p,
        uneven=split.is_uneven,
        crossed_share=split.crossed_share,
        not_followed=split.is_not_followed,
        repeated_share=split.repeated_share,
    )


def side_out(side: Side) -> ArmOut:
    """One side."""
    return ArmOut(customers=side.customers, repeated=side.repeated, crossed=side.crossed)


def look_out(look: RolloutLook) -> RolloutLookOut:
    """One look."""
    return RolloutLookOut(**{name: getattr(look, name) for name in RolloutLookOut.model_fields})
