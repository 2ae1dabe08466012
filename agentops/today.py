"""What an AI manager has to know and do this morning, read from rows that the loop left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from agentops.rollout_news import RolloutNews, rollout_news
from agentops.yesterday import Yesterday, yesterday
from context.editing.upkeep import expiring_count
from context.impacts.measuring import impacts_of
from context.impacts.wording import Summary, summary
from context.models import (
    Agent,
    Alert,
    Check,
    JudgeStanding,
    Proposal,
    Publication,
    Release,
    ScheduledRun,
    Webhook,
)
from context.releases.standing import judge_standing
from llm.budget import spent
from llm.states import WorkState
from reviews.canary.verdict import Comparison, newest_check
from reviews.disputes.opening import undecided_count
from reviews.models import Flag, Queue, QueueItem, Review, Stratum
from testing.models import QuestionCluster

FLAG_DAYS = 7
FLAGS_SHOWN = 6
PROPOSALS_SHOWN = 4
CANDIDATES_SHOWN = 3


@dataclass(frozen=True)
class QueueProgress:
    """How far the newest queue is; `total` leaves out what was skipped."""

    date: date
    population: int
    done: int
    skipped: int
    total: int
    must_review: int

    @property
    def left(self) -> int:
        """Items that nobody has decided."""
        return self.total - self.done


@dataclass(frozen=True)
class Night:
    """The newest day of automated reviews, in counts by state, and the run that made them."""

    day: date
    states: dict[str, int]
    passed: int
    critical: int
    cost: Decimal
    run: ScheduledRun | None

    @property
    def total(self) -> int:
        """Reviews planned for the day."""
        return sum(self.states.values())

    @property
    def done(self) -> int:
        """Reviews with a score."""
        return self.states.get(WorkState.DONE, 0)


@dataclass(frozen=True)
class Live:
    """The live release, since when, and the newest verdict on each figure it may have moved."""

    release: Release
    since: datetime
    days: int
    documents: int
    impacts: Summary


@dataclass(frozen=True)
class Candidate:
    """A release on its way, with the newest check of each name and the required ones missing."""

    release: Release
    checks: list[Check]
    missing: list[str]


@dataclass(frozen=True)
class Today:
    """Everything the page shows."""

    day: date
    queue: QueueProgress | None
    night: Night | None
    live: Live | None
    candidates: list[Candidate]
    yesterday: Yesterday | None
    flags: list[Flag]
    flag_count: int
    proposals: list[Proposal]
    proposal_count: int
    question_count: int
    dispute_count: int
    expiring_count: int
    alerts: list[Alert]
    disabled_webhooks: list[Webhook]
    judge: JudgeStanding | None
    canary: Comparison | None
    rollout: RolloutNews | None
    spent: Decimal
    cap: Decimal


def today_of(agent: Agent, now: datetime, hidden: Sequence[int] = ()) -> Today:
    """Read the page's rows as of `now`; about twenty short queries, whatever the volume. Flags of
    `hidden` conversations are left out: the person is reading those blind.
    """
    day = agent.local_date(now)
    flags = open_flags(agent, now).exclude(conversation__in=hidden)
    ideas = Proposal.objects.filter(agent=agent, status=Proposal.Status.OPEN)
    clusters = QuestionCluster.objects.open().filter(agent=agent, volume__gt=0)
    return Today(
        day=day,
        queue=queue_progress(agent),
        night=last_night(agent),
        live=live_release(agent, now),
        candidates=candidates(agent),
        yesterday=yesterday(agent, day),
        flags=list(flags[:FLAGS_SHOWN]),
        flag_count=flags.count(),
        proposals=list(by_weight(ideas)[:PROPOSALS_SHOWN]),
        proposal_count=ideas.count(),
        question_count=clusters.count(),
        dispute_count=undecided_count(agent),
        expiring_count=expiring_count(agent, day),
        alerts=list(Alert.objects.waiting(agent, day)),
        disabled_webhooks=list(agent.webhooks.filter(status=Webhook.Status.DISABLED)),
        judge=judge_standing(agent),
        canary=newest_check(agent),
        rollout=rollout_news(agent, now),
        spent=spent(agent.budget_scope, day),
        cap=agent.daily_budget_usd,
    )


def by_weight(proposals: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """Those that would have helped most often first: volume × failures."""
    return proposals.order_by("-weight", "-pk")


def queue_progress(agent: Agent) -> QueueProgress | None:
    """The newest queue in numbers."""
    queue = Queue.objects.filter(agent=agent).order_by("-date").first()
    if queue is None:
        return None
    state = QueueItem.State
    counts = queue.items.aggregate(
        done=Count("pk", filter=Q(state=state.DONE)),
        skipped=Count("pk", filter=Q(state=state.SKIPPED)),
        total=Count("pk", filter=~Q(state=state.SKIPPED)),
        must_review=Count(
            "pk", filter=Q(stratum__name__in=[Stratum.FLAGGED, Stratum.LATE], state=state.OPEN)
        ),
    )
    return QueueProgress(queue.date, queue.population, **counts)


def last_night(agent: Agent) -> Night | None:
    """The newest day that has reviews."""
    reviews = Review.objects.filter(conversation__agent=agent)
    day = reviews.order_by("-day").values_list("day", flat=True).first()
    if day is None:
        return None
    of_day = reviews.filter(day=day)
    states = dict(of_day.order_by().values_list("state").annotate(Count("pk")))
    numbers = of_day.aggregate(
        right=Count("pk", filter=Q(passed=True)),
        wrong=Count("pk", filter=Q(passed=False)),
        cost=Sum("cost_usd"),
    )
    run = ScheduledRun.objects.filter(agent=agent, schedule="nightly_review").order_by("-period")
    cost = numbers["cost"] or Decimal(0)
    return Night(day, states, numbers["right"], numbers["wrong"], cost, run.first())


def live_release(agent: Agent, now: datetime) -> Live | None:
    """The release that answers customers now, with its latest impact on each figure."""
    current = (
        Publication.objects.filter(release__agent=agent, ended_at=None)
        .select_related("release")
        .order_by("-started_at")
        .first()
    )
    if current is None:
        return None
    impacts = summary(impacts_of(current, current.release.impacts.all()).values())
    days = (agent.local_date(now) - agent.local_date(current.started_at)).days
    documents = current.release.documents.count()
    return Live(current.release, current.started_at, days, documents, impacts)


def candidates(agent: Agent) -> list[Candidate]:
    """Submitted or approved releases that are not live yet, newest first."""
    status = Release.Status
    found = agent.releases.filter(status__in=[status.CANDIDATE, status.APPROVED])
    shown = []
    for release in found.order_by("-number")[:CANDIDATES_SHOWN]:
        release.agent = agent
        newest = {check.name: check for check in release.checks.order_by("pk")}
        shown.append(Candidate(release, list(newest.values()), list(release.missing_checks())))
    return shown


def open_flags(agent: Agent, now: datetime) -> QuerySet[Flag]:
    """Urgent flags of the last week whose conversation no person has judged yet."""
    return (
        Flag.objects.filter(
            conversation__agent=agent, urgent=True, created_at__gte=now - timedelta(days=FLAG_DAYS)
        )
        .exclude(conversation__verdicts__withdrawn_at=None, conversation__verdicts__isnull=False)
        .select_related("conversation")
        .order_by("-created_at", "-pk")
    )
