"""Questions of a week that no case covers yet."""

from datetime import datetime
from typing import ClassVar

from django.db import models, transaction

from accounts.models import User
from context.models import Agent
from conversations.models import Author, Conversation
from testing.drafting import facts_from, first_question
from testing.models.suites import Case, Suite
from testing.refusals import Refused


class QuestionCluster(models.Model):
    """Like questions that no case covers, with what became of the conversations that asked them."""

    class Status(models.TextChoices):
        OPEN = "open"
        ADDED = "added", "made into cases"
        DISMISSED = "dismissed"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="question_clusters")
    week = models.DateField(help_text="Monday of the last week it was asked.")
    name = models.CharField(max_length=200, help_text="Its most central question.")
    topic = models.CharField(max_length=100, blank=True)
    volume = models.PositiveIntegerField()
    failures = models.PositiveIntegerField(help_text="Handed over or not resolved by the AI.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    examples = models.ManyToManyField(Conversation, related_name="+")
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "name"], name="cluster_name_is_unique_per_agent"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rank(self) -> int:
        """Volume × failures: what it costs that nobody tests this question."""
        return self.volume * self.failures

    @transaction.atomic
    def add_cases(self, at: datetime, by: User | None = None) -> list[Case]:
        """Draft a case for each example, with facts from what people answered there.

        A person completes and approves them. Refused unless the cluster is open.
        """
        self.decide(self.Status.ADDED, at, by)
        suite = Suite.of_kind(self.agent, Suite.Kind.QUESTIONS, at)
        examples = self.examples.prefetch_related("messages").order_by("opened_at", "external_id")
        cases = [self._draft(suite, conversation, at, by) for conversation in examples]
        return list({case.pk: case for case in cases}.values())

    def _draft(
        self, suite: Suite, conversation: Conversation, at: datetime, by: User | None
    ) -> Case:
        """The draft case of one example."""
        messages = [message for message in conversation.messages.all() if message.public]
        customer = (message.text for message in messages if message.author == Author.CUSTOMER)
        people = [message.text for message in messages if message.author == Author.HUMAN]
        question = first_question(customer) or self.name
        return suite.add_case(
            question=question,
            at=at,
            by=by,
            expected_facts=facts_from(people, question),
            topic=conversation.topic or self.topic,
            conversation=conversation,
            cluster=self,
        )

    def dismiss(self, at: datetime, by: User | None = None) -> None:
        """Put it aside; like questions stay aside until they are asked twice as often."""
        self.decide(self.Status.DISMISSED, at, by)

    def decide(self, status: Status, at: datetime, by: User | None = None) -> None:
        """End an open cluster by one conditional UPDATE; refused when somebody else was first."""
        rows = QuestionCluster.objects.filter(pk=self.pk, status=self.Status.OPEN)
        if not rows.update(status=status, decided_by=by, decided_at=at):
            self.refresh_from_db(fields=["status"])
            raise Refused(f"“{self.name}” is already {self.get_status_display()}.")
        self.status, self.decided_by, self.decided_at = status, by, at
