"""A report in numbers, for tests of its sentences."""

from dataclasses import replace
from datetime import date
from typing import Any

from agentops.report.content import (
    CostLine,
    DocumentLine,
    EffectLine,
    Estimate,
    FigureLine,
    ReleaseLine,
    ReportData,
    ReviewerLine,
    TeamLine,
    UsualRange,
)

MONDAY = date(2026, 11, 16)


def make_figure(
    key: str = "ai_answered", value: float | None = 0.412, **changed: Any
) -> FigureLine:
    """41.2 % this week, 39.1 % the week before, usually 36.0 to 44.9 %."""
    line = FigureLine(
        key=key,
        label="AI answered",
        kind="share",
        this=Estimate(value, 1240, 0.385, 0.44),
        before=Estimate(0.391, 1180, 0.363, 0.419),
        usual=UsualRange(0.36, 0.449, 12),
        up_is_good=True,
    )
    return replace(line, **changed)


def make_effect(**changed: Any) -> EffectLine:
    """Release 7 and AI answered: improved."""
    effect = EffectLine(
        release=7,
        figure="ai_answered",
        label="AI answered",
        rate=True,
        verdict="improved",
        before=0.281,
        after=0.369,
        difference=0.088,
        low=0.021,
        high=0.155,
        provisional=False,
        reason="",
    )
    return replace(effect, **changed)


def make_release(**changed: Any) -> ReleaseLine:
    """Release 8, which went live on Wednesday."""
    release = ReleaseLine(
        number=8,
        day=date(2026, 11, 18),
        by="ada",
        rollback=False,
        reason="",
        note="Customs for Norway",
        prompt=True,
        settings=[],
        documents=[
            DocumentLine("customs", "Customs", "added"),
            DocumentLine("sizes", "Sizes", "changed"),
        ],
        before=7,
    )
    return replace(release, **changed)


def make_data(**changed: Any) -> ReportData:
    """A week with a release, an effect and two reviewers, and nothing to decide."""
    data = ReportData(
        agent="Bot",
        workspace="Acme",
        base="/acme/bot/",
        week="2026-W47",
        monday=MONDAY,
        composed_on=date(2026, 11, 23),
        provisional=True,
        final_on=date(2026, 12, 3),
        simulated=False,
        local_model=False,
        conversations=1240,
        conversations_before=1180,
        figures=[make_figure()],
        releases=[make_release()],
        effects=[make_effect()],
        asks=[],
        proposals=[],
        proposal_count=0,
        questions=[],
        question_count=0,
        contradictions=0,
        alerts=[],
        team=TeamLine(
            90, 2, 118.0, 12, 11, [ReviewerLine("ben", 50, 0, 60), ReviewerLine("eve", 40, 2, 58)],
            120, 100,
        ),
        cost=CostLine(12.5, 1300, Estimate(0.0125, 1240, 0.012, 0.013)),
    )  # fmt: skip
    return replace(data, **changed)
