"""The weekly figures as they go out over REST, and what changed over them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel

from context.models import Agent
from conversations.changes import Change, changes, complete, value_of
from conversations.figures import WeekFigures


class FigureOut(BaseModel):
    """A figure with its 95 % interval; rates lie between 0 and 1."""

    value: float | None
    n: int
    low: float | None
    high: float | None
    reason: str


class WeekOut(BaseModel):
    """One ISO week; `provisional` until ten days after its end."""

    week: str
    monday: date
    n: int
    provisional: bool
    releases: list[int]
    figures: dict[str, FigureOut]


class WeekValue(BaseModel):
    """A figure's value in a week."""

    week: str
    value: float


class ChangeOut(BaseModel):
    """A figure from the first to the last of the weeks that have ended, and on the way.

    `difference` is in the figure's own unit (0.09 is nine points), `relative` a part of the first
    value; `text` is how a report writes it: `28 % → 37 %, +32 %`.
    """

    figure: str
    label: str
    first: float | None
    last: float | None
    difference: float | None
    relative: float | None
    lowest: WeekValue | None
    highest: WeekValue | None
    text: str


class WeekList(BaseModel):
    """The weeks asked for, oldest first, and what changed from the first to the last that ended."""

    time_zone: str
    data: list[WeekOut]
    changes: list[ChangeOut]


def weeks_json(agent: Agent, weeks: Sequence[WeekFigures], today: date) -> dict[str, Any]:
    """The weekly figures as `WeekList`; built by hand, for two years of them are 2,000 figures."""
    return {
        "time_zone": agent.workspace.time_zone,
        "data": [
            vars(week)
            | {
                "monday": week.monday.isoformat(),
                "figures": {name: vars(figure) for name, figure in week.figures.items()},
            }
            for week in weeks
        ],
        "changes": [change_json(change) for change in changes(complete(weeks, today))],
    }


def change_json(change: Change) -> dict[str, Any]:
    """A change as `ChangeOut`."""
    steps = {"lowest": change.lowest, "highest": change.highest}
    return {
        "figure": change.key,
        "label": change.label,
        "first": value_of(change.first),
        "last": value_of(change.last),
        "difference": change.difference,
        "relative": change.relative,
        **{name: step and {"week": step[0], "value": step[1]} for name, step in steps.items()},
        "text": change.text,
    }
