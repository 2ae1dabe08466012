"""The report as REST gives it: its sentences with their evidence, and the numbers behind them."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from agentops.report.content import ReportData, read
from agentops.report.sentences import period, sections, standing, title
from context.models import WeeklyReport


class LineOut(BaseModel):
    """A sentence; `path` leads to its evidence, `mood` is good, bad, warn or empty."""

    text: str
    sub: str
    path: str
    mood: str


class SectionOut(BaseModel):
    """A section of the report."""

    key: str
    heading: str
    lines: list[LineOut]


class ReportRow(BaseModel):
    """A report in the list."""

    week: str
    monday: date
    version: int
    status: str
    created_at: datetime


class ReportOut(ReportRow):
    """A report: what it says, and `data`, the stored numbers it says it from."""

    title: str
    period: str
    standing: list[LineOut]
    sections: list[SectionOut]
    data: ReportData


class ReportList(BaseModel):
    """A page of reports, newest week first."""

    data: list[ReportRow]
    next_cursor: str | None


def row_json(row: WeeklyReport) -> dict[str, Any]:
    """A report in the list."""
    return ReportRow(
        week=row.week,
        monday=row.monday,
        version=row.version,
        status=row.status,
        created_at=row.created_at,
    ).model_dump(mode="json")


def report_json(row: WeeklyReport) -> dict[str, Any]:
    """A whole report."""
    data = read(row.data)
    return {
        **row_json(row),
        "title": title(data),
        "period": period(data),
        "standing": [vars(line) for line in standing(data)],
        "sections": [
            {
                "key": part.key,
                "heading": part.heading,
                "lines": [
                    {"text": one.text, "sub": one.sub, "path": one.path, "mood": one.mood}
                    for one in part.lines
                ],
            }
            for part in sections(data)
        ],
        "data": row.data,
    }
