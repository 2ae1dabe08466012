"""The search for new questions as a piece of work, and what each week's search counted."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Max, Q

from accounts.models import User
from context.models import Agent
from conversations.models import Conversation
from llm.budget import Budget
from llm.states import WorkState
from testing.refusals import Refused

if TYPE_CHECKING:
    from testing.models.questions import QuestionCluster

OPEN_STATES = (WorkState.PENDING, WorkState.WORKING)


class DiscoveryQuerySet(models.QuerySet["Discovery"]):
    """Queries over discoveries."""

    def open(self) -> Self:
        """Those that wait or are under way."""
        return self.filter(state__in=OPEN_STATES)

    def counting(self, agent: Agent) -> models.QuerySet["Discovery", int]:
        """Keys of the discovery of each week that counts: the last that counted anything."""
        done = self.filter(agent=agent, state=WorkState.DONE, repeats=None).order_by()
        return done.values("week").annotate(last=Max("pk")).values_list("last", flat=True)


class Discovery(models.Model):
    """One search for the new questions of a week. A work row."""

    class Step(models.TextChoices):
        READING = "reading", "reading the conversations"
        COMPARING = "comparing", "comparing the questions"
        GROUPING = "grouping", "grouping what is new"
        NAMING = "naming", "naming the groups"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="discoveries")
    week = models.DateField(help_text="Monday of the week whose conversations are read.")
    digest = models.CharField(
        max_length=64, blank=True, help_text="Of the questions and cases that were compared."
    )
    repeats = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text="The discovery whose result stands, because nothing had changed since.",
    )
    step = models.CharField(max_length=10, choices=Step.choices, default=Step.READING)
    done = models.PositiveIntegerField(default=0, help_text="Of the step, out of `total`.")
    total = models.PositiveIntegerField(default=0)
    questions = models.PositiveIntegerField(default=0, help_text="Conversations that asked one.")
    covered = models.PositiveIntegerField(default=0, help_text="That a case asks already.")
    alone = models.PositiveIntegerField(default=0, help_text="New, and asked only once.")
    vectors = models.CharField(max_length=100, blank=True, help_text="What compared the texts.")
    estimated_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)

    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    claimed_by = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DiscoveryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "discoveries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(state__in=["pending", "working"]),
                name="one_open_discovery_per_agent",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["agent", "week", "-id"], name="discovery_by_week"),
            models.Index(fields=["state", "lease_until"], name="discovery_work"),
        ]

    def __str__(self) -> str:
        return f"new questions of {self.agent} in {self.week:%G-W%V}"

    @property
    def is_open(self) -> bool:
        """Whether it waits or is under way."""
        return self.state in OPEN_STATES

    @property
    def new(self) -> int:
        """Questions that no case asks and others ask too."""
        return self.questions - self.covered - self.alone

    def budgets(self, now: datetime) -> list[Budget]:
        """The caps: of one run, counted on its first day, and the agent's of today."""
        agent = self.agent
        return [
            Budget(f"discovery:{self.pk}", self.created_at.date(), agent.run_budget_usd),
            Budget(agent.budget_scope, agent.local_date(now), agent.daily_budget_usd),
        ]

    def cancel(self, at: datetime, by: User) -> None:
        """Stop it; what it found so far is dropped. Refused when it has ended."""
        values = {"claimed_by": "", "lease_until": None, "finished_at": at}
        why = f"cancelled by {by.username}"
        rows = Discovery.objects.open().filter(pk=self.pk)
        if not rows.update(state=WorkState.SKIPPED, error=why, **values):
            raise Refused("This search has ended already.")
        self.refresh_from_db()


class ClusterWeek(models.Model):
    """How often a cluster was asked in a week, as one discovery counted it. Never edited."""

    cluster = models.ForeignKey("testing.QuestionCluster", models.CASCADE, related_name="weeks")
    discovery = models.ForeignKey(Discovery, models.CASCADE, related_name="counts")
    week = models.DateField()
    volume = models.PositiveIntegerField()
    failures = models.PositiveIntegerField()
    handovers = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["discovery", "cluster"], name="a_discovery_counts_a_cluster_once"
            ),
            models.CheckConstraint(
                condition=Q(failures__lte=models.F("volume"), handovers__lte=models.F("volume")),
                name="no_more_failures_than_questions",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.volume} in {self.week:%G-W%V}"


class ClusterMember(models.Model):
    """A conversation that asked a cluster's question: the most central ones, and the examples."""

    cluster: models.ForeignKey["QuestionCluster"] = models.ForeignKey(
        "testing.QuestionCluster", models.CASCADE, related_name="members"
    )
    conversation = models.OneToOneField(Conversation, models.CASCADE, related_name="+")
    week = models.DateField()
    text = models.TextField(help_text="The question, in one line, masked.")
    place = models.PositiveIntegerField(help_text="0 is the most central of its week.")
    example = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["week", "place"]
        indexes: ClassVar = [
            models.Index(fields=["cluster", "-week", "place"], name="member_by_place")
        ]

    def __str__(self) -> str:
        return self.text[:80]
