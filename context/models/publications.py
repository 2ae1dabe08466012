"""The periods in which releases were live."""

from typing import ClassVar

from django.db import models

from accounts.models import User


class Publication(models.Model):
    """A period in which a release was live. A rollback makes a second period for the same
    release.
    """

    release = models.ForeignKey("context.Release", models.CASCADE, related_name="publications")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)
    rollback = models.BooleanField(default=False)
    primary_figure = models.CharField(
        max_length=20,
        default="ai_resolved",
        help_text="The figure its impact is judged by, fixed when it went live.",
    )
    days_after = models.PositiveSmallIntegerField(
        default=7, help_text="Whole days on it that are compared, fixed when it went live."
    )

    class Meta:
        ordering: ClassVar = ["started_at", "id"]

    def __str__(self) -> str:
        return f"{self.release} from {self.started_at:%Y-%m-%d}"
