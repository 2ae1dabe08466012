"""What a week left behind in rows: releases, effects, people's work, money, and what waits."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import urljoin

from django.db.models import Q, Sum
from django.urls import reverse

from agentops.due import due_now
from agentops.performance import newest
from agentops.report.content import (
    AlertLine,
    Ask,
    CostLine,
    DocumentLine,
    EffectLine,
    Estimate,
    Idea,
    ReleaseLine,
    ReviewerLine,
    TeamLine,
)
from agentops.report.labels import KINDS, LABELS
from agentops.today import by_weight, today_of
from context.models import Agent, Alert, Impact, Proposal, Publication
from context.releases.changes import changes
from context.releases.content import Content, content_of
from conversations.figures import FigureValue, WeekFigures
from llm.models import Spend
from reviews.quality.figure import coverage
from reviews.team.work import team
from testing.models import Contradiction, QuestionCluster

EFFECT_WEEKS = 4  # releases of so many weeks back may still change their verdict
MOST = 5
SIX_DAYS = timedelta(days=6)


def estimate(found: FigureValue | None) -> Estimate:
    """A figure as a report keeps it."""
    if found is None:
        return Estimate(None, 0)
    return Estimate(found.value, found.n, found.low, found.high, found.reason)


def publications(agent: Agent, first: date, last: date) -> list[Publication]:
    """The periods that began in the days, oldest first."""
    zone = agent.workspace.zone
    start = datetime.combine(first, time.min, tzinfo=zone)
    end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone)
    rows = Publication.objects.filter(release__agent=agent, started_at__range=(start, end))
    rows = rows.exclude(started_at=end).select_related("release", "by")
    return list(rows.order_by("started_at", "id"))


def releases(agent: Agent, first: date, last: date) -> list[ReleaseLine]:
    """What went live in the days, each against what was live just before."""
    return [release_line(agent, one) for one in publications(agent, first, last)]


def release_line(agent: Agent, one: Publication) -> ReleaseLine:
    """A publication, with what its release changed."""
    earlier = Publication.objects.filter(release__agent=agent, started_at__lt=one.started_at)
    before = earlier.select_related("release").order_by("-started_at", "-id").first()
    old = content_of(before.release) if before else Content("")
    found = changes(old, content_of(one.release))
    return ReleaseLine(
        number=one.release.number,
        day=agent.local_date(one.started_at),
        by=one.by.username if one.by else "",
        rollback=one.rollback,
        reason=one.reason,
        note=one.release.note,
        prompt=bool(found.prompt),
        settings=[key for key, _, _ in found.settings],
        documents=[DocumentLine(d.slug, d.title, d.kind) for d in found.documents],
        before=before.release.number if before else None,
    )


def effects(agent: Agent, last: date) -> list[EffectLine]:
    """The newest impacts of the releases that went live in the last weeks, newest release first."""
    first = last - timedelta(weeks=EFFECT_WEEKS)
    numbers: dict[int, list[Impact]] = {}
    for one in reversed(publications(agent, first, last)):
        if not one.rollback and one.release.number not in numbers:
            numbers[one.release.number] = newest(one)
    return [effect_line(number, impact) for number, found in numbers.items() for impact in found]


def effect_line(number: int, one: Impact) -> EffectLine:
    """An impact as a report keeps it."""
    return EffectLine(
        release=number,
        figure=one.figure,
        label=one.get_figure_display(),
        rate=one.is_rate,
        verdict=one.verdict,
        before=one.before,
        after=one.after,
        difference=one.difference,
        low=one.low,
        high=one.high,
        provisional=one.provisional,
        reason=one.reason,
        caused=one.split,
        role=one.role,
    )


def asks(agent: Agent, now: datetime, base: str, has_questions: bool) -> list[Ask]:
    """What waits for a person, as Today says it, without what has lines of its own: alerts,
    proposals, and the week's questions if there are any.
    """
    page = replace(today_of(agent, now), alerts=[], proposal_count=0)
    waiting = due_now(agent, replace(page, question_count=0) if has_questions else page)
    return [Ask(item.text, item.detail, urljoin(base, item.url), item.urgent) for item in waiting]


def proposals(agent: Agent) -> tuple[list[Idea], int]:
    """The open proposals that would have helped most often, and how many there are."""
    rows = Proposal.objects.filter(agent=agent, status=Proposal.Status.OPEN)
    page = reverse("context:proposals", args=[agent.workspace.slug, agent.slug])
    found = [
        Idea(row.title, row.volume, row.failures, f"{page}#proposal-{row.pk}", len(row.conflicts))
        for row in by_weight(rows)[:MOST]
    ]
    return found, rows.count()


def questions(agent: Agent, monday: date) -> tuple[list[Idea], int]:
    """The groups of questions no case covers that were asked in the week, and how many."""
    rows = QuestionCluster.objects.open().filter(agent=agent, volume__gt=0, week=monday)
    page = reverse("testing:questions", args=[agent.workspace.slug, agent.slug])
    found = [
        Idea(row.name, row.volume, row.failures, page)
        for row in rows.order_by("-rank", "-pk")[:MOST]
    ]
    return found, rows.count()


def open_contradictions(agent: Agent) -> int:
    """Pairs of passages that deny each other and that nobody has decided."""
    return Contradiction.objects.filter(agent=agent, status=Contradiction.Status.OPEN).count()


def alert_lines(agent: Agent, monday: date) -> list[AlertLine]:
    """Excursions that reached into the week or are not acknowledged yet."""
    rows = Alert.objects.filter(agent=agent, first_monday__lte=monday)
    rows = rows.filter(Q(last_monday__gte=monday) | Q(acknowledged_at=None))
    return [
        AlertLine(
            label=LABELS[row.figure],
            kind=KINDS[row.figure],
            week=row.week,
            value=row.value,
            low=row.low,
            high=row.high,
            ended=row.ended_monday is not None,
            acknowledged_by=row.acknowledged_by.username if row.acknowledged_by else "",
            note=row.note,
        )
        for row in rows.select_related("acknowledged_by")[:MOST]
    ]


def team_line(agent: Agent, monday: date, now: datetime) -> TeamLine:
    """Who reviewed how much in the week, and how far its draw was worked."""
    found = team(agent, monday, monday + SIX_DAYS, now)
    covered = coverage(agent, monday, monday + SIX_DAYS)
    reviewers = [
        ReviewerLine(
            row.user.username, row.worked.decided, row.worked.skipped, 60 * row.worked.hours
        )
        for row in found.members
        if row.worked.decided or row.worked.skipped
    ]
    total = found.total
    return TeamLine(
        decided=total.decided,
        skipped=total.skipped,
        minutes=60 * total.hours,
        doubles=total.doubles,
        same=total.same,
        reviewers=sorted(reviewers, key=lambda one: (-one.decided, one.name)),
        drawn=covered.drawn,
        judged=covered.judged,
    )


def cost_line(agent: Agent, monday: date, week: WeekFigures | None) -> CostLine:
    """The loop's model calls of the week, and what an answered conversation cost."""
    rows = Spend.objects.filter(
        scope=agent.budget_scope, day__range=(monday, monday + SIX_DAYS)
    ).aggregate(usd=Sum("usd"), calls=Sum("calls"))
    figures = week.figures if week else {}
    return CostLine(
        models_usd=float(rows["usd"] or Decimal(0)),
        calls=rows["calls"] or 0,
        per_conversation=estimate(figures.get("cost_per_conversation")),
    )
