"""The periods in which a rollout rested."""

from datetime import datetime
from typing import ClassVar

from django.db import models

from accounts.models import User


class RolloutPause(models.Model):
    """A period in which a rollout let the live release answer everybody."""

    rollout = models.ForeignKey("context.Rollout", models.CASCADE, related_name="pauses")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["started_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rollout"],
                condition=models.Q(ended_at=None),
                name="one_open_pause_per_rollout",
            )
        ]

    def __str__(self) -> str:
        return f"pause of {self.rollout}"

    def covers(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.started_at <= moment and (self.ended_at is None or moment < self.ended_at)
