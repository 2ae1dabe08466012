"""That scheduled work was started for a period."""

from typing import ClassVar

from django.db import models

from context.models.agents import Agent


class ScheduledRun(models.Model):
    """That a scheduled piece of work was started for one period; its uniqueness makes two beats
    harmless.
    """

    class State(models.TextChoices):
        STARTED = "started"
        DONE = "done"
        FAILED = "failed"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="scheduled_runs")
    schedule = models.CharField(max_length=30)
    period = models.CharField(max_length=20, help_text="2026-11-23 or 2026-W48")
    state = models.CharField(max_length=10, choices=State.choices, default=State.STARTED)
    attempts = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "schedule", "period"], name="one_run_per_schedule_and_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.schedule} {self.period}"
