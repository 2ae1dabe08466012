"""Disputes on verdicts: a second opinion, and a final decision on record."""

from datetime import datetime
from typing import ClassVar

from django.db import models

from accounts.models import User
from reviews.models.verdicts import Verdict


class Dispute(models.Model):
    """A verdict that somebody doubts: why, who reads the conversation again, what was decided."""

    class Status(models.TextChoices):
        OPEN = "open", "waits for a second opinion"
        ANSWERED = "answered", "waits for a decision"
        DECIDED = "decided"
        DROPPED = "dropped"

    class Outcome(models.TextChoices):
        FIRST = "first", "the verdict stands"
        SECOND = "second", "the second opinion stands"
        OWN = "own", "decided anew"

    UNDECIDED = (Status.OPEN, Status.ANSWERED)

    verdict = models.ForeignKey(Verdict, models.CASCADE, related_name="disputes")
    reason = models.TextField()
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    second_reader = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    decision_reason = models.TextField(blank=True, help_text="Or why it was dropped.")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decider_was_involved = models.BooleanField(
        default=False, help_text="No manager was there who had no part in it."
    )
    final = models.OneToOneField(
        Verdict,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="decision",
        help_text="The verdict that took the place of the disputed one.",
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["verdict"],
                condition=models.Q(status__in=["open", "answered"]),
                name="one_open_dispute_per_verdict",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="decided")
                | models.Q(
                    outcome__in=["first", "second", "own"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="a_decided_dispute_says_who_and_what",
            ),
            models.CheckConstraint(
                condition=models.Q(final=None) | models.Q(outcome__in=["second", "own"]),
                name="a_verdict_that_stands_is_not_replaced",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "-opened_at"], name="dispute_list")]

    def __str__(self) -> str:
        return f"dispute {self.pk} on {self.verdict}"

    @property
    def is_undecided(self) -> bool:
        """Whether it still waits for somebody."""
        return self.status in self.UNDECIDED

    def take_opinion(self, reader: User) -> bool:
        """Note that the second opinion is in; False when it is no longer asked of this person."""
        rows = Dispute.objects.filter(
            pk=self.pk, status=self.Status.OPEN, second_reader=reader
        ).update(status=self.Status.ANSWERED)
        return bool(rows)

    def drop(self, by: User, reason: str, at: datetime) -> bool:
        """Close it without a decision; the verdict stands. False when it is closed already."""
        dropped = {
            "status": self.Status.DROPPED,
            "decided_by": by,
            "decided_at": at,
            "decision_reason": reason.strip(),
        }
        rows = Dispute.objects.filter(pk=self.pk, status__in=self.UNDECIDED).update(**dropped)
        return bool(rows)
