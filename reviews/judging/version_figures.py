"""What is known of each version of the judge: what changed, what it cost, how far it is right."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum

from context.models import Agent
from llm.states import WorkState
from reviews.agreement.figures import PERIOD
from reviews.agreement.pairs import CONCLUSIVE
from reviews.agreement.standing import measured_judge
from reviews.agreement.trust import Measured
from reviews.models import CriterionResult, JudgeVersion, Review

VERSIONS_SHOWN = 20


@dataclass(frozen=True)
class VersionFigures:
    """One version: its difference to the one before, its work, and its agreement with people.

    `first_day` and `last_day` bound the days it reviewed. `answers` are its passes and failures of
    the last 13 weeks, of which `found` rest on a quote that was found.
    """

    judge: JudgeVersion
    changes: list[str]
    reviewed: int
    unscored: int
    cost: Decimal
    first_day: date | None
    last_day: date | None
    answers: int
    found: int
    measured: Measured
    least_labels: int

    @property
    def cost_each(self) -> Decimal | None:
        """Dollars per conversation, failed calls included."""
        return self.cost / self.reviewed if self.reviewed else None

    @property
    def unscored_share(self) -> float | None:
        """The share of its reviews that ended without a result."""
        ended = self.reviewed + self.unscored
        return self.unscored / ended if ended else None

    @property
    def found_share(self) -> float | None:
        """The share of its answers whose quote was found: how far it can be taken at its word."""
        return self.found / self.answers if self.answers else None

    @property
    def is_calibrated(self) -> bool:
        """Whether enough verdicts of people measure it."""
        return self.measured.labels >= self.least_labels


def version_figures(agent: Agent, now: datetime) -> list[VersionFigures]:
    """The newest versions of the agent's judge, newest first."""
    versions = list(agent.judge_versions.select_related("traps")[: VERSIONS_SHOWN + 1])
    work, answers = _work(agent), _answers(agent, now)
    none: dict[str, Any] = {"reviewed": 0, "unscored": 0, "cost": None, "first": None, "last": None}
    rows = []
    for judge, before in zip(versions, [*versions[1:], None], strict=True):
        done = work.get(judge.pk, none)
        total, found = answers[judge.pk]
        rows.append(
            VersionFigures(
                judge=judge,
                changes=changes(before, judge) if before else [],
                reviewed=done["reviewed"],
                unscored=done["unscored"],
                cost=done["cost"] or Decimal(0),
                first_day=done["first"],
                last_day=done["last"],
                answers=total,
                found=found,
                measured=measured_judge(agent, judge, now),
                least_labels=agent.judge_least_labels,
            )
        )
    return rows[:VERSIONS_SHOWN]


def changes(before: JudgeVersion, judge: JudgeVersion) -> list[str]:
    """What makes a version another judge than the one before, in words."""
    found = [f"model {before.model} → {judge.model}"] if before.model != judge.model else []
    if not before.instructions_hash:
        return [*found, "prompt or settings, which were not kept before"]
    limits = ("max_output_tokens", "transcript_characters", "instruction_characters")
    parts = {
        "instructions": ("instructions_hash",),
        f"traps: {judge.traps or 'none'}": ("traps_id",),
        f"temperature {before.temperature} → {judge.temperature}": ("temperature",),
        "limits": limits,
    }
    return found + [
        text
        for text, names in parts.items()
        if any(getattr(before, name) != getattr(judge, name) for name in names)
    ]


def _work(agent: Agent) -> dict[int, dict[str, Any]]:
    """Reviews, cost and days by version."""
    ended = [WorkState.FAILED, WorkState.SKIPPED]
    rows = (
        Review.objects.filter(judge__agent=agent)
        .order_by()
        .values("judge")
        .annotate(
            reviewed=Count("pk", filter=Q(state=WorkState.DONE)),
            unscored=Count("pk", filter=Q(state__in=ended)),
            cost=Sum("cost_usd"),
            first=Min("day"),
            last=Max("day"),
        )
    )
    return {row["judge"]: dict(row) for row in rows}


def _answers(agent: Agent, now: datetime) -> dict[int, tuple[int, int]]:
    """Passes and failures of the last 13 weeks, and those whose quote was found, by version."""
    rows = (
        CriterionResult.objects.filter(
            review__judge__agent=agent,
            review__day__gt=agent.local_date(now) - PERIOD,
            verdict__in=CONCLUSIVE,
        )
        .order_by()
        .values_list("review__judge")
        .annotate(total=Count("pk"), found=Count("pk", filter=Q(verified=True)))
    )
    found: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    found |= {judge: (total, verified) for judge, total, verified in rows}
    return found
