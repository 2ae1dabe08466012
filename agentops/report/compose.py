"""Read everything a report of one week says, once. The composer stands leftmost: it reads every
room and is read by none.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings

from agentops import performance
from agentops.report import reading
from agentops.report.content import (
    Estimate,
    FigureLine,
    MarkLine,
    PointLine,
    ReportData,
    UsualRange,
)
from agentops.report.labels import GOOD, KINDS, LABELS, TOLD
from agentops.report.ranges import ERROR, HISTORY, WATCHED, course, is_ripe
from agentops.shell import today_url
from context.models import Agent
from conversations.figures import (
    PROVISIONAL_DAYS,
    WEEK,
    FigureValue,
    WeekFigures,
    week_name,
    weekly_figures,
)
from reviews.quality.figure import quality
from stats.intervals import Interval

CHARTED_WEEKS = 12
NOT_WATCHED = UsualRange(None, None, 0, "not watched")


def last_complete(agent: Agent, now: datetime) -> date:
    """The Monday of the last week that has ended."""
    today = agent.local_date(now)
    return today - timedelta(days=today.weekday()) - WEEK


def compose(agent: Agent, monday: date, now: datetime) -> ReportData:
    """The report of the week of `monday` as it is known now."""
    weeks = weekly_figures(agent, monday - WEEK * HISTORY, monday, now)
    this, before = weeks[-1], weeks[-2] if weeks[-2].n else None
    base = today_url(agent)
    ideas, idea_count = reading.proposals(agent)
    asked, asked_count = reading.questions(agent, monday)
    shown = weeks[-CHARTED_WEEKS:]
    return ReportData(
        agent=agent.name,
        workspace=agent.workspace.name,
        base=base,
        week=week_name(monday),
        monday=monday,
        composed_on=agent.local_date(now),
        provisional=this.provisional,
        final_on=monday + WEEK + timedelta(days=PROVISIONAL_DAYS),
        simulated=agent.workspace.simulated,
        local_model=settings.LOCAL_MODEL,
        conversations=this.n,
        conversations_before=before.n if before else None,
        figures=figure_lines(agent, weeks, this, before),
        releases=reading.releases(agent, monday, monday + reading.SIX_DAYS),
        effects=reading.effects(agent, monday + reading.SIX_DAYS),
        asks=reading.asks(agent, now, base, has_questions=bool(asked_count)),
        proposals=ideas,
        proposal_count=idea_count,
        questions=asked,
        question_count=asked_count,
        contradictions=reading.open_contradictions(agent),
        alerts=reading.alert_lines(agent, monday),
        team=reading.team_line(agent, monday, now),
        cost=reading.cost_line(agent, monday, this),
        points=point_lines(shown),
        marks=mark_lines(agent, shown[0].monday, monday + reading.SIX_DAYS),
        error=ERROR,
    )


def figure_lines(
    agent: Agent, weeks: Sequence[WeekFigures], this: WeekFigures, before: WeekFigures | None
) -> list[FigureLine]:
    """The figures of the table, quality last."""
    started = [week for week in weeks if week.n]
    lines = [
        FigureLine(
            key=key,
            label=LABELS[key],
            kind=KINDS[key],
            this=reading.estimate(this.figures.get(key)),
            before=reading.estimate(before.figures.get(key)) if before else None,
            usual=usual(key, started, this.monday),
            up_is_good=GOOD[key],
            ripe=is_ripe(key, this),
        )
        for key in TOLD
    ]
    return [*lines, quality_line(agent, this, before)]


def usual(key: str, weeks: Sequence[WeekFigures], monday: date) -> UsualRange:
    """The usual range of one figure, if it is watched."""
    if key not in WATCHED:
        return NOT_WATCHED
    judged = course(key, weeks)
    if not judged or judged[-1].week.monday != monday:
        return UsualRange(None, None, 0, "the figure is not known this week")
    found = judged[-1].usual
    return UsualRange(found.low, found.high, found.n, found.reason)


def quality_line(agent: Agent, this: WeekFigures, before: WeekFigures | None) -> FigureLine:
    """The quality figure of both weeks."""
    return FigureLine(
        key="quality",
        label="Quality",
        kind="share",
        this=quality_of(agent, this.monday),
        before=quality_of(agent, before.monday) if before else None,
        usual=NOT_WATCHED,
        up_is_good=True,
    )


def quality_of(agent: Agent, monday: date) -> Estimate:
    """The share without a failed critical criterion among what ended in the week."""
    found: Interval = quality(agent, monday, monday + reading.SIX_DAYS)
    return reading.estimate(FigureValue.of(found))


def point_lines(weeks: Sequence[WeekFigures]) -> list[PointLine]:
    """The chart's points."""
    return [
        PointLine(p.figure, p.week, p.monday, p.value, p.n, p.low, p.high, p.provisional)
        for p in performance.points([week for week in weeks if week.n])
    ]


def mark_lines(agent: Agent, first: date, last: date) -> list[MarkLine]:
    """The releases of the charted weeks."""
    return [
        MarkLine(mark.number, mark.day, mark.title)
        for mark in performance.release_marks(agent, performance.effects(agent, first))
        if mark.day <= last
    ]
