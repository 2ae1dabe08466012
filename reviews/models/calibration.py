"""Calibration sessions: several people judge the same conversations, then compare."""

from datetime import date, datetime
from typing import ClassVar

from django.db import models
from django.db.models import Count, F, Q, QuerySet

from accounts.models import User
from context.models import Agent
from conversations.models import Conversation
from reviews.models.judging import Review
from reviews.models.scorecards import Criterion, Grade, Scorecard


class CalibrationSession(models.Model):
    """The same conversations for several people, each blind of the judge and of one another."""

    class Status(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"
        CANCELLED = "cancelled"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="calibrations")
    name = models.CharField(max_length=100)
    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="+")
    seed = models.CharField(max_length=64, help_text="By which its conversations were drawn.")
    due_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    ended_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: it closed itself when the last answer was in.",
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["agent", "-created_at"], name="calibrations_by_time")
        ]

    def __str__(self) -> str:
        return self.name

    def hold(self) -> bool:
        """Make other changes of it wait until the transaction ends; returns whether it is open."""
        held = CalibrationSession.objects.select_for_update().only("status").get(pk=self.pk)
        return held.status == self.Status.OPEN

    def end(self, status: str, by: User | None, at: datetime) -> bool:
        """Close or cancel it; False when it has ended already."""
        ended = {"status": status, "ended_by": by, "ended_at": at}
        rows = CalibrationSession.objects.filter(pk=self.pk, status=self.Status.OPEN)
        return bool(rows.update(**ended))

    def close_if_complete(self, at: datetime) -> bool:
        """Close it when everybody who takes part has judged every conversation."""
        return self.is_complete() and self.end(self.Status.CLOSED, None, at)

    def is_complete(self) -> bool:
        """Whether somebody takes part, and no answer is missing."""
        waits = self.conversations.filter(opinions__pk__isnull=False, opinions__submitted_at=None)
        return self.participants.filter(removed_at=None).exists() and not waits.exists()

    def progress(self) -> "QuerySet[CalibrationParticipant]":
        """Who takes part, by name, each with how many conversations they have `answered`."""
        theirs = Q(
            session__conversations__opinions__reviewer=F("user"),
            session__conversations__opinions__submitted_at__isnull=False,
        )
        answered = Count("session__conversations__opinions", filter=theirs, distinct=True)
        rows = self.participants.filter(removed_at=None).annotate(answered=answered)
        return rows.select_related("user").order_by("user__username")

    def is_late(self, day: date) -> bool:
        """Whether it is open after its due date."""
        return self.status == self.Status.OPEN and self.due_on is not None and self.due_on < day


class CalibrationParticipant(models.Model):
    """A person who takes part; one who was removed stays on record."""

    session = models.ForeignKey(CalibrationSession, models.CASCADE, related_name="participants")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    joined_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session", "user"], name="a_person_takes_part_in_a_calibration_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.session}"


class CalibrationConversation(models.Model):
    """One of the conversations of a session, and why it was chosen."""

    session = models.ForeignKey(CalibrationSession, models.CASCADE, related_name="conversations")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="+")
    review = models.ForeignKey(Review, models.SET_NULL, null=True, related_name="+")
    position = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=100, help_text="grade 2, known to be hard, by hand")

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session", "conversation"], name="a_calibration_holds_a_conversation_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.conversation} in {self.session}"


class CalibrationRule(models.Model):
    """What the group agreed on about one question of one conversation, and the rule it learned.

    Written once; a later one on the same difference takes its place, and both stay on record.
    """

    entry = models.ForeignKey(CalibrationConversation, models.CASCADE, related_name="rules")
    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="+")
    answer = models.CharField(max_length=4, choices=Grade.choices)
    rule = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["recorded_at", "pk"]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.answer}"
