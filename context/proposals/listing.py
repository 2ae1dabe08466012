"""Finding proposals: by how far they have come, where they are from, topic, week and words."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet

from context.models import Agent, Proposal

MOST_TOPICS = 200
WEEK = timedelta(days=7)
STAGES = {
    "open": Q(status=Proposal.Status.OPEN),
    "accepted": Q(status=Proposal.Status.ACCEPTED),
    "live": Q(status=Proposal.Status.ACCEPTED, release__published_at__isnull=False),
    "declined": Q(status=Proposal.Status.DECLINED),
    "all": ~Q(status=Proposal.Status.MERGED),
}


@dataclass(frozen=True)
class Wanted:
    """What is looked for; an empty part does not narrow the list."""

    stage: str = "open"
    source: str = ""
    topic: str = ""
    words: str = ""
    conflict: bool = False
    week: date | None = None
    key: int | None = None

    @property
    def narrows(self) -> bool:
        """Whether more than the stage was chosen."""
        return any((self.source, self.topic, self.words, self.conflict, self.week, self.key))


def proposals_of(agent: Agent, wanted: Wanted) -> QuerySet[Proposal]:
    """The proposals that are looked for, in no order yet."""
    rows = agent.proposals.filter(STAGES[wanted.stage])
    if wanted.key is not None:
        return agent.proposals.filter(pk=wanted.key)
    if wanted.source:
        rows = rows.filter(source=wanted.source)
    if wanted.topic:
        rows = rows.filter(topic=wanted.topic)
    if wanted.conflict:
        rows = rows.filter(pk__in=in_conflict(agent))
    if wanted.week:
        first, zone = wanted.week, agent.workspace.zone
        begins, ends = (
            datetime.combine(day, time.min, tzinfo=zone) for day in (first, first + WEEK)
        )
        rows = rows.filter(created_at__gte=begins, created_at__lt=ends)
    for word in wanted.words.split():
        rows = rows.filter(Q(title__icontains=word) | Q(body__icontains=word))
    return rows


def in_conflict(agent: Agent) -> QuerySet[Proposal, int]:
    """The proposals of which another, that was not declined, says otherwise."""
    rivals = agent.proposals.exclude(rivals=None)
    undecided = ~Q(rivals__status__in=[Proposal.Status.DECLINED, Proposal.Status.MERGED])
    return rivals.filter(undecided).values_list("pk", flat=True)


def topics_of(agent: Agent) -> list[str]:
    """The topics of the agent's proposals."""
    named = agent.proposals.exclude(topic="").order_by("topic")
    return list(named.values_list("topic", flat=True).distinct()[:MOST_TOPICS])
