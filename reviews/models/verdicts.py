"""What people said: their verdicts, and the drafts of those."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from context.models import Proposal
from conversations.models import Conversation
from reviews.models.judging import Review
from reviews.models.queue import QueueItem
from reviews.models.scorecards import Criterion, Grade, Scorecard
from testing.models import Case


class Verdict(models.Model):
    """A person's review. It is never edited: undo withdraws it and opens the item again, and the
    final decision of a dispute is a verdict of its own.
    """

    item = models.ForeignKey(
        QueueItem, models.CASCADE, null=True, blank=True, related_name="verdicts"
    )
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="verdicts")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="verdicts")
    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="verdicts")
    review = models.ForeignKey(Review, models.SET_NULL, null=True, related_name="verdicts")
    passed = models.BooleanField(help_text="No critical criterion failed.")
    root_cause = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    case = models.ForeignKey(Case, models.SET_NULL, null=True, blank=True, related_name="+")
    proposal = models.ForeignKey(Proposal, models.SET_NULL, null=True, blank=True, related_name="+")
    blind = models.BooleanField(
        default=False, help_text="Given before the person had seen the judge's opinion here."
    )
    seconds = models.PositiveIntegerField(default=0, help_text="From claim to submit.")
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    supersedes = models.OneToOneField(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="superseded_by",
        help_text="The verdict whose place this final decision of a dispute took.",
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["item"],
                condition=models.Q(withdrawn_at=None),
                name="one_standing_verdict_per_queue_item",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["conversation"], name="verdict_by_conversation")]

    def __str__(self) -> str:
        return f"{self.reviewer}: {'pass' if self.passed else 'fail'}"

    @property
    def cause(self) -> str:
        """The root cause in words."""
        return self.root_cause.replace("_", " ")

    def hold(self) -> None:
        """Make other changes of this verdict and its disputes wait until the transaction ends."""
        Verdict.objects.select_for_update().only("pk").get(pk=self.pk)


class CriterionVerdict(models.Model):
    """A person's answer to one criterion."""

    parent = models.ForeignKey(Verdict, models.CASCADE, related_name="results")
    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=4, choices=Grade.choices)
    quote = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["criterion__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["parent", "criterion"], name="one_answer_per_verdict_and_criterion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.verdict}"


class Draft(models.Model):
    """An unfinished verdict, saved as it is typed. Its version only grows, so that an older tab
    never writes over a newer one; a decision leaves it empty.
    """

    item = models.ForeignKey(QueueItem, models.CASCADE, related_name="drafts")
    reviewer = models.ForeignKey(User, models.CASCADE, related_name="+")
    data = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["item", "reviewer"], name="one_draft_per_item_and_reviewer"
            )
        ]

    def __str__(self) -> str:
        return f"draft of {self.reviewer}"
