"""From findings to rows: the role of each figure, p-values adjusted within it, the verdict."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil

from context.impacts.findings import QUESTIONS, Finding
from context.impacts.window import Window
from context.models import Agent, Figure, Impact, ImpactEvidence, Publication
from stats.impact import verdict
from stats.intervals import Interval
from stats.multiple import benjamini_hochberg, holm
from stats.planning import conversations_needed

RIPE_AFTER = timedelta(days=10)  # a 3-day snooze and the 7 days in which a ticket may reopen
GUARDRAILS = (Figure.CSAT, Figure.REOPENED, Figure.AI_HANDOVER)
ALPHA = 0.05
YEAR = 365  # days; a longer wait is no advice
Role = Impact.Role


def role_of(figure: Figure, primary: str) -> Impact.Role:
    """What a figure is to a release whose primary figure was fixed when it went live."""
    if figure == primary:
        return Role.PRIMARY
    return Role.GUARDRAIL if figure in GUARDRAILS else Role.EXPLORATORY


def matters(agent: Agent, figure: Figure) -> float:
    """The change of a figure that would matter to the owner."""
    return agent.impact_points / 100 if QUESTIONS[figure].rate else agent.impact_csat


def refused_rows(
    agent: Agent, publication: Publication, reason: str, may_change: bool, at: datetime
) -> list[Impact]:
    """A row a figure that says why nothing can be said."""
    return [
        Impact(
            release=publication.release,
            publication=publication,
            figure=figure,
            role=role_of(figure, publication.primary_figure),
            method="weekday regression",
            verdict=Impact.Verdict.CANNOT_TELL_YET,
            matters=matters(agent, figure),
            provisional=may_change,
            reason=reason,
            computed_at=at,
        )
        for figure in QUESTIONS
    ]


def rows_of(
    agent: Agent,
    publication: Publication,
    window: Window,
    findings: Sequence[Finding],
    at: datetime,
) -> list[tuple[Impact, list[ImpactEvidence]]]:
    """A row a figure with what stands beside it; the p-values are adjusted within each role."""
    ripe = agent.local_date(at) > window.last + RIPE_AFTER
    roles = {f.figure: role_of(f.figure, publication.primary_figure) for f in findings}
    adjusted = adjusted_p(findings, roles)
    found = []
    for finding in findings:
        row = row_of(finding, matters(agent, finding.figure))
        row.release, row.publication = publication.release, publication
        row.role, row.computed_at = roles[finding.figure], at
        row.first_day = window.slots[finding.start].place
        row.last_day, row.provisional = window.last, not ripe
        row.adjusted_p, row.family = adjusted.get(finding.figure, (None, 1))
        conclude(row, finding)
        found.append((row, [evidence(row, *one) for one in finding.beside]))
    return found


def adjusted_p(
    findings: Sequence[Finding], roles: Mapping[Figure, Impact.Role]
) -> dict[Figure, tuple[float, int]]:
    """The adjusted p of each figure that has one, and how many its role has: the primary figure
    stands alone, guardrails by Holm, the rest by Benjamini and Hochberg.
    """
    adjust = {Role.PRIMARY: holm, Role.GUARDRAIL: holm, Role.EXPLORATORY: benjamini_hochberg}
    found: dict[Figure, tuple[float, int]] = {}
    for role, method in adjust.items():
        family = {f.figure: p for f in findings if roles[f.figure] == role and (p := p_of(f))}
        values = method(list(family.values()))
        found |= {figure: (p, len(family)) for figure, p in zip(family, values, strict=True)}
    return found


def p_of(finding: Finding) -> float | None:
    """The p of a finding; never exactly 0, which would only mean "smaller than a float"."""
    p = finding.interval.p
    return None if p is None else max(p, 1e-12)


def row_of(finding: Finding, smallest: float) -> Impact:
    """The numbers of a finding; levels are those of all conversations of each side as counted."""
    interval = finding.interval
    told = not interval.is_refused
    return Impact(
        figure=finding.figure,
        method=interval.method,
        before=finding.before.mean if finding.before.n else None,
        after=finding.after.mean if finding.after.n else None,
        difference=interval.estimate,
        low=interval.low,
        high=interval.high,
        p=p_of(finding) if told else None,
        matters=smallest,
        n_before=finding.before.n,
        n_after=finding.after.n,
        days_before=finding.days_before,
        days_after=finding.days_after,
        excluded_share=finding.excluded,
    )


def conclude(row: Impact, finding: Finding) -> None:
    """Put the verdict on the row, and where nothing can be said what stands against it."""
    better = QUESTIONS[finding.figure].better
    said = verdict(finding.interval, better, row.matters, row.adjusted_p, ALPHA)
    row.verdict = Impact.Verdict(said)
    reasons = []
    if said not in ("improved", "regressed") and row.p is not None and row.p < ALPHA:
        reasons.append(
            f"Clear alone (p {row.p:.3f}), but it is one of {row.family} looked at together: "
            f"adjusted {row.adjusted_p:.3f}."
        )
    if said == "cannot_tell_yet":
        reasons.append(why_not(row, finding))
    row.reason = " ".join(reasons)


def why_not(row: Impact, finding: Finding) -> str:
    """What is missing, or how wide the doubt still is and what would narrow it."""
    interval = finding.interval
    if interval.low is None or interval.high is None or interval.half_width is None:
        return interval.reason[:1].upper() + interval.reason[1:] + "."
    row.needed_conversations = needed_in_a_split(row, finding)
    matters = row.written(row.matters).removeprefix("+")
    unit = " points" if row.is_rate else ""
    could = f"It could be {row.span(interval.low, interval.high)}{unit}, and {matters}{unit} would "
    if row.split:
        return f"{could}matter: about {row.needed_conversations:,} customers a side would tell."
    days = (finding.series.values if finding.series else [])[-row.days_after :]
    row.needed_days = min(9999, ceil(len(days) * (interval.half_width / row.matters) ** 2))
    long = "more than a year" if row.needed_days > YEAR else f"about {row.needed_days} days"
    return (
        f"{could}matter: {long} on it would tell, or a split of {row.needed_conversations:,} "
        "conversations an arm."
    )


def needed_in_a_split(row: Impact, finding: Finding) -> int:
    """Conversations an arm of split traffic that would show the change that matters."""
    level = finding.before.mean
    variance = level * (1 - level) if row.is_rate else finding.before.variance
    return max(1, ceil(conversations_needed(variance, row.matters)))


def evidence(row: Impact, kind: ImpactEvidence.Kind, interval: Interval) -> ImpactEvidence:
    """What stands beside the row, as a row of its own."""
    return ImpactEvidence(
        impact=row,
        kind=kind,
        estimate=interval.estimate,
        low=interval.low,
        high=interval.high,
        n=interval.n,
        reason=interval.reason,
    )
