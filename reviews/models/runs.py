"""A start of the judge on a day's conversations: by whom, what it may cost, if it was stopped."""

from datetime import datetime
from typing import ClassVar

from django.db import models, transaction

from accounts.models import User
from context.models import Agent
from llm.work import skip_waiting


class AlreadyCancelled(Exception):
    """The run was cancelled before."""


class ReviewRun(models.Model):
    """One start of the judge on a day; its reviews point at it. A retry is a run of its own."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="review_runs")
    day = models.DateField(help_text="The day on which the conversations ended.")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: the night.",
    )
    cap_usd = models.DecimalField(max_digits=8, decimal_places=2)
    estimated_usd = models.DecimalField(
        max_digits=10, decimal_places=4, null=True, blank=True, help_text="Shown before the start."
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["agent", "day"], name="review_run_by_day")]

    def __str__(self) -> str:
        return f"run of {self.day}"

    @property
    def budget_scope(self) -> str:
        """The name under which its spending is counted."""
        return f"review-run:{self.pk}"

    @property
    def who(self) -> str:
        """Who started it, in a word."""
        return self.started_by.username if self.started_by else "the night"

    @transaction.atomic
    def cancel(self, by: User, at: datetime) -> int:
        """Skip what waits; calls under way are finished and kept. Returns how many were skipped.

        Raises AlreadyCancelled.
        """
        standing = ReviewRun.objects.filter(pk=self.pk, cancelled_at=None)
        if not standing.update(cancelled_at=at, cancelled_by=by):
            raise AlreadyCancelled(f"The run was cancelled before {at:%H:%M}.")
        self.cancelled_at, self.cancelled_by = at, by
        return self.skip_waiting()

    def skip_waiting(self) -> int:
        """Skip the reviews of this cancelled run that wait, also those put back since."""
        who = self.cancelled_by.username if self.cancelled_by else "somebody"
        return skip_waiting(self.reviews.all(), f"cancelled by {who}")
