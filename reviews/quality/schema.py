"""The quality figure as REST gives it."""

from datetime import date as Day
from typing import Self

from pydantic import BaseModel

from reviews.quality.eras import Era
from reviews.quality.figure import Coverage
from reviews.quality.segments import Chosen
from reviews.quality.windows import Change, Figure
from stats.intervals import Interval


class QualityFigureOut(BaseModel):
    """A number with what must stand beside it; without an interval, `reason` says why."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    reason: str

    @classmethod
    def numbers(cls, found: Interval) -> dict[str, float | int | str | None]:
        """The fields that an interval has."""
        plain = ("low", "high", "n", "method", "reason")
        return {"value": found.estimate} | {name: getattr(found, name) for name in plain}


class WindowOut(QualityFigureOut):
    """The quality of a window; `wide` says that the interval is too long to act on."""

    first_day: Day
    last_day: Day
    wide: bool

    @classmethod
    def window(cls, found: Figure) -> dict[str, object]:
        """The fields of a window's figure."""
        first, last = found.window
        days = {"first_day": first, "last_day": last, "wide": found.wide}
        return {**cls.numbers(found.interval), **days}


class DifferenceOut(QualityFigureOut):
    """This window minus the compared one, in shares; `text` says what it means."""

    direction: str
    text: str

    @classmethod
    def of(cls, found: Change) -> Self:
        """The difference of two windows."""
        words = {"direction": found.direction, "text": found.text}
        return cls.model_validate({**cls.numbers(found.interval), **words})


class EraOut(BaseModel):
    """From when on which judge version judged, with which scorecard."""

    first_day: Day
    model: str
    judge: str
    scorecard: int

    @classmethod
    def of(cls, era: Era) -> Self:
        """An era."""
        return cls(
            first_day=era.first_day,
            model=era.judge.model,
            judge=era.judge.prompt_hash[:8],
            scorecard=era.scorecard.version,
        )


class SegmentOut(BaseModel):
    """The segment asked for; null is everything, an empty text conversations without a value."""

    release: int | None
    topic: str | None
    channel: str | None
    language: str | None


class QualityOut(WindowOut):
    """The quality of a window, how far its draws were worked, and its difference to another."""

    segment: SegmentOut
    drawn: int
    judged: int
    skipped: int
    skip_rate: float | None
    unscored: int
    eras: list[EraOut]
    compared: WindowOut | None = None
    difference: DifferenceOut | None = None

    @classmethod
    def of(cls, found: Figure, worked: Coverage, chosen: Chosen, eras: list[Era]) -> Self:
        """A figure without a comparison; coverage is that of all segments."""
        plain = ("drawn", "judged", "skipped", "skip_rate", "unscored")
        return cls.model_validate(
            {
                **cls.window(found),
                **{name: getattr(worked, name) for name in plain},
                "segment": vars(chosen),
                "eras": [EraOut.of(era) for era in eras],
            }
        )
