"""Questions that no case covers yet, grouped, and what people decided about each group."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Self

from django.db import models, transaction
from django.db.models import F, Prefetch, Q

from accounts.masking import mask
from accounts.models import User
from context.models import Agent
from conversations.models import Author, Conversation
from testing.models.cases import Case
from testing.models.discoveries import ClusterMember, ClusterWeek, Discovery
from testing.models.suites import Suite
from testing.questions.drafting import facts_from, one_line
from testing.questions.ranking import rank_of
from testing.refusals import Refused

LONGEST_NAME = 200


class QuestionClusterQuerySet(models.QuerySet["QuestionCluster"]):
    """Queries over clusters."""

    def open(self) -> Self:
        """Those that wait for a decision."""
        return self.filter(status="open")

    def with_examples(self) -> Self:
        """Prefetch the examples of the last week, as `shown_examples`."""
        examples = ClusterMember.objects.filter(example=True, week=F("cluster__week"))
        chosen = examples.select_related("conversation").order_by("place")
        return self.prefetch_related(Prefetch("members", chosen, to_attr="shown_examples"))

    def last_decided(self, by: User) -> "QuestionCluster | None":
        """What this person decided last and may take back."""
        decided = self.filter(decided_by=by, status__in=("added", "dismissed", "merged"))
        return decided.order_by("-decided_at", "-pk").first()


class QuestionCluster(models.Model):
    """Like questions that no case covers, with what became of the conversations that asked them.

    It is known by the questions in it (`members`), never by its name. The counts are those of its
    last week; every week's stand in `ClusterWeek` and are never edited.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        ADDED = "added", "made into cases"
        DISMISSED = "dismissed"
        COVERED = "covered", "covered by cases"
        MERGED = "merged", "merged into another"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="question_clusters")
    week = models.DateField(help_text="Monday of the last week it was asked.")
    name = models.CharField(
        max_length=LONGEST_NAME,
        help_text="A model's, or its most central question, until a person renames it.",
    )
    topic = models.CharField(max_length=100, blank=True)
    volume = models.PositiveIntegerField()
    failures = models.PositiveIntegerField(help_text="Not resolved by the AI, or rated 1 or 2.")
    handovers = models.PositiveIntegerField(default=0, help_text="A person had to step in.")
    rank = models.FloatField(default=0, help_text="See testing.ranking.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    merged_into = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="merged"
    )
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_volume = models.PositiveIntegerField(
        null=True, blank=True, help_text="The volume at the decision: dismissed until it doubles."
    )

    objects = QuestionClusterQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-week", "-rank", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into=None)),
                name="a_merged_cluster_says_into_which",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agent", "status", "-week", "-rank"], name="cluster_by_rank")
        ]

    def __str__(self) -> str:
        return self.name

    def examples(self) -> list[Conversation]:
        """Up to three conversations of its last week: those people answered, most central first."""
        shown = vars(self).get("shown_examples")
        if shown is None:
            found = self.members.filter(example=True, week=self.week).order_by("place")
            shown = found.select_related("conversation")
        return [member.conversation for member in shown]

    @transaction.atomic
    def add_cases(self, at: datetime, by: User | None = None) -> list[Case]:
        """Draft a case for each example, with facts from what people answered.

        A person completes and approves them. Refused unless the cluster is open.
        """
        self._decide(self.Status.ADDED, at, by)
        suite = Suite.of_kind(self.agent, Suite.Kind.QUESTIONS, at)
        shown = self.members.filter(example=True, week=self.week).order_by("place")
        members = list(
            shown.select_related("conversation").prefetch_related("conversation__messages")
        )
        replies = {member.pk: _replies(member.conversation) for member in members}
        pooled = [reply for member in members for reply in replies[member.pk]]
        cases = []
        for member in members:
            facts = facts_from(replies[member.pk] or pooled, member.text)
            cases.append(self._draft(suite, member, facts, at, by))
        return list({case.pk: case for case in cases}.values())

    def _draft(
        self, suite: Suite, member: ClusterMember, facts: list[str], at: datetime, by: User | None
    ) -> Case:
        """The draft case of one example."""
        return suite.add_case(
            question=member.text,
            at=at,
            by=by,
            expected_facts=facts,
            topic=member.conversation.topic or self.topic,
            conversation=member.conversation,
            cluster=self,
        )

    def dismiss(self, at: datetime, by: User | None = None) -> None:
        """Put it aside; like questions stay aside until they are asked twice as often."""
        self._decide(self.Status.DISMISSED, at, by)

    @transaction.atomic
    def merge(self, other: "QuestionCluster", at: datetime, by: User | None = None) -> None:
        """Make this cluster part of another one, which has its questions and weeks from now on."""
        if other.agent_id != self.agent_id or other.pk == self.pk:
            raise Refused("A cluster is merged into another one of the same agent.")
        if other.status != self.Status.OPEN:
            raise Refused(f"“{other.name}” is {other.get_status_display()}, not open.")
        self._decide(self.Status.MERGED, at, by, merged_into=other)
        self.merged.update(merged_into=other)
        other.count_again()

    @transaction.atomic
    def undo(self, at: datetime) -> None:
        """Take the decision back: the cluster is open again, and drafts made of it are retired.

        Refused when it is open, or when a person has approved a case that was made of it.
        """
        if self.status == self.Status.ADDED:
            if self.cases.filter(status=Case.Status.APPROVED).exists():
                raise Refused(f"A case of “{self.name}” was approved; retire it in its suite.")
            for case in self.cases.filter(status=Case.Status.DRAFT):
                case.retire(at)
        other = self.merged_into
        decided = (self.Status.ADDED, self.Status.DISMISSED, self.Status.MERGED)
        rows = QuestionCluster.objects.filter(pk=self.pk, status__in=decided)
        values = {"decided_by": None, "decided_at": None, "decided_volume": None}
        if not rows.update(status=self.Status.OPEN, merged_into=None, **values):
            raise Refused(f"“{self.name}” is open; there is nothing to take back.")
        self.refresh_from_db()
        if other is not None:
            other.count_again()
            self.count_again()

    def rename(self, name: str) -> None:
        """Give it a name; it stays, because no discovery changes the name of a cluster."""
        text = one_line(mask(name.replace("\0", ""), self.agent.workspace))[:LONGEST_NAME]
        if not text:
            raise Refused("A name cannot be empty.")
        self.name = text
        self.save(update_fields=["name"])

    def count_again(self) -> None:
        """Take the counts of its last week from the rows of its weeks, merged ones included."""
        own = Q(cluster=self) | Q(cluster__merged_into=self)
        weeks = ClusterWeek.objects.filter(
            own, discovery__in=Discovery.objects.counting(self.agent)
        )
        last = weeks.order_by("-week").values_list("week", flat=True).first()
        rows = weeks.filter(week=last) if last else ()
        self.week = last or self.week
        self.volume = sum(one.volume for one in rows)
        self.failures = sum(one.failures for one in rows)
        self.handovers = sum(one.handovers for one in rows)
        self.rank = rank_of(self.volume, self.failures, self.handovers)
        self.save(update_fields=["week", "volume", "failures", "handovers", "rank"])

    def _decide(
        self, status: Status, at: datetime, by: User | None, **values: "QuestionCluster"
    ) -> None:
        """End an open cluster by one conditional UPDATE; refused when somebody else was first."""
        rows = QuestionCluster.objects.filter(pk=self.pk, status=self.Status.OPEN)
        decided = {"decided_by": by, "decided_at": at, "decided_volume": self.volume}
        if not rows.update(status=status, **decided, **values):
            self.refresh_from_db(fields=["status"])
            raise Refused(f"“{self.name}” is already {self.get_status_display()}.")
        self.refresh_from_db()


def _replies(conversation: Conversation) -> list[str]:
    """What people answered there, from messages already loaded."""
    said: Iterable[tuple[str, bool, str]] = (
        (message.author, message.public, message.text) for message in conversation.messages.all()
    )
    return [text for author, public, text in said if public and author == Author.HUMAN]
