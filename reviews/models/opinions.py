"""Judgements outside the queue: second opinions and answers of a calibration. No figure counts
them.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from conversations.models import Conversation
from reviews.models.calibration import CalibrationConversation
from reviews.models.disputes import Dispute
from reviews.models.scorecards import Criterion, Grade, Scorecard


class Opinion(models.Model):
    """One person's judgement of a conversation, blind of the judge and of everybody else."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="opinions")
    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="+")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="opinions")
    dispute = models.OneToOneField(
        Dispute, models.CASCADE, null=True, blank=True, related_name="opinion"
    )
    entry = models.ForeignKey(
        CalibrationConversation, models.CASCADE, null=True, blank=True, related_name="opinions"
    )
    draft = models.JSONField(default=dict, help_text="The form as it is typed.")
    passed = models.BooleanField(null=True, help_text="No critical criterion failed.")
    root_cause = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(dispute__isnull=True, entry__isnull=False)
                | Q(dispute__isnull=False, entry__isnull=True),
                name="an_opinion_has_one_purpose",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None, passed=None)
                | Q(submitted_at__isnull=False, passed__isnull=False),
                name="a_submitted_opinion_says_passed_or_failed",
            ),
            models.UniqueConstraint(
                fields=["entry", "reviewer"],
                condition=Q(entry__isnull=False),
                name="one_opinion_per_person_and_calibrated_conversation",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["reviewer"], condition=Q(submitted_at=None), name="opinion_pending"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} on {self.conversation}"

    @property
    def cause(self) -> str:
        """The root cause in words."""
        return self.root_cause.replace("_", " ")


class OpinionAnswer(models.Model):
    """A person's answer to one criterion."""

    parent = models.ForeignKey(Opinion, models.CASCADE, related_name="results")
    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=4, choices=Grade.choices)
    quote = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["criterion__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["parent", "criterion"], name="one_answer_per_opinion_and_criterion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.verdict}"
