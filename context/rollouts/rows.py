"""The rows of a rollout's page: figures of both sides in words, and the looks by day."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from context.charts.text import change, level
from context.impacts.findings import QUESTIONS
from context.models import Arm, Figure, Rollout, RolloutLook
from context.rollouts.arms import MEANS, Sides, difference, value_on
from context.rollouts.rendering import SHOWN
from stats.intervals import Interval


@dataclass(frozen=True)
class Cell:
    """One side of one figure: its level, its interval in words, how many customers."""

    level: str
    span: str
    n: int


@dataclass(frozen=True)
class FigureRow:
    """One figure: both sides, the difference, and whether it is surely better or worse."""

    label: str
    new: Cell
    live: Cell
    change: str
    reason: str
    verdict: Literal["improved", "regressed", ""]
    guardrail: bool
    method: str


def figure_rows(rollout: Rollout, counts: Mapping[str, Sides]) -> list[FigureRow]:
    """The figures that something was counted of."""
    guardrails = rollout.guardrails.split()
    return [
        figure_row(figure, counts[figure], figure in guardrails)
        for figure in SHOWN
        if figure in counts
    ]


def figure_row(figure: Figure, sides: Sides, guardrail: bool) -> FigureRow:
    """One figure in words."""
    found, rate = difference(figure, sides), figure not in MEANS
    return FigureRow(
        label=figure.label,
        new=cell(figure, value_on(figure, sides[Arm.NEW])),
        live=cell(figure, value_on(figure, sides[Arm.LIVE])),
        change=change(found.estimate, found.low, found.high, rate),
        reason=found.reason,
        verdict=verdict_of(figure, found),
        guardrail=guardrail,
        method=found.method,
    )


def cell(figure: Figure, value: Interval) -> Cell:
    """One side in words."""
    rate = figure not in MEANS
    span = ""
    if value.low is not None:
        span = f"{level(value.low, rate)} to {level(value.high, rate)}"
    return Cell(level(value.estimate, rate), span, value.n)


def verdict_of(figure: Figure, found: Interval) -> Literal["improved", "regressed", ""]:
    """Whether the 95 % interval lies on one side of 0, for a figure whose good side is plain."""
    question = QUESTIONS.get(figure)
    if question is None or found.low is None or found.high is None:
        return ""
    if found.low <= 0 <= found.high:
        return ""
    return "improved" if (found.low > 0) == (question.better == "higher") else "regressed"


def looks_by_day(rollout: Rollout) -> list[list[RolloutLook]]:
    """The looks, the newest day first."""
    looks = rollout.looks.order_by("-date", "id")
    return [list(day) for _, day in groupby(looks, key=lambda look: look.date)]
