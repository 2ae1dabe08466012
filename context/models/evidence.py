"""What is known of a release: checks before it goes live, daily counts after."""

from typing import ClassVar

from django.db import models

from context.models.agents import Agent
from context.models.releases import Release


class Check(models.Model):
    """A named pass/fail evidence on a release, as on a commit. The newest of a name counts."""

    class Status(models.TextChoices):
        PENDING = "pending"
        PASSED = "passed"
        FAILED = "failed"
        UNDECIDED = "undecided"

    release = models.ForeignKey(Release, models.CASCADE, related_name="checks")
    name = models.SlugField(max_length=50)
    status = models.CharField(max_length=10, choices=Status.choices)
    summary = models.CharField(max_length=500)
    advice = models.CharField(max_length=500, blank=True, help_text="What to do next.")
    numbers = models.JSONField(default=dict, blank=True)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.name}: {self.status}"


class Figure(models.TextChoices):
    """What is counted per day. `n` is the denominator, `total` the numerator or the sum of
    scores.
    """

    CONVERSATIONS = "conversations"
    AI_ANSWERED = "ai_answered", "AI answered"
    AI_SNOOZE = "ai_snooze", "AI snooze"
    AI_HANDOVER = "ai_handover", "AI handover"
    AI_HANDOVER_COLD = "ai_handover_cold", "AI handover without a reply"
    AI_CLOSE = "ai_close", "AI close"
    AI_IGNORE = "ai_ignore", "AI ignore"
    AI_RESOLVED = "ai_resolved", "AI resolved"
    HUMAN_RESOLVED = "human_resolved", "resolved by people"
    ASSISTED = "assisted", "Assisted escalations"
    REOPENED = "reopened"
    SNOOZE_RESOLVED = "snooze_resolved", "Snoozes the AI resolved"
    SNOOZE_HANDED_OVER = "snooze_handed_over", "Snoozes handed over"
    SNOOZE_SILENT = "snooze_silent", "Snoozes closed in silence"
    SURVEYED = "surveyed"
    CSAT = "csat", "CSAT"
    CSAT_AI = "csat_ai", "CSAT, AI only"
    CSAT_MIXED = "csat_mixed", "CSAT, mixed"
    CSAT_HUMAN = "csat_human", "CSAT, people only"
    JUDGE_PASSED = "judge_passed", "passed by the judge"
    COST = "cost"


class Measurement(models.Model):
    """One day's count of one figure for one segment (release, topic, channel, language)."""

    agent = models.ForeignKey(
        Agent, models.CASCADE, related_name="measurements", db_index=False
    )  # the unique constraints begin with it
    release = models.ForeignKey(Release, models.CASCADE, null=True, related_name="measurements")
    date = models.DateField(help_text="Day of the conversation's start in the workspace's zone.")
    topic = models.CharField(max_length=100, blank=True)
    channel = models.CharField(max_length=50, blank=True)
    language = models.CharField(max_length=20, blank=True)
    figure = models.CharField(max_length=20, choices=Figure.choices)
    n = models.PositiveIntegerField()
    total = models.FloatField()
    total_squares = models.FloatField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "date", "figure", "release", "topic", "channel", "language"],
                name="one_measurement_per_day_and_segment",
            ),
            # A unique constraint takes empty releases for different ones; this one does not.
            models.UniqueConstraint(
                fields=["agent", "date", "figure", "topic", "channel", "language"],
                condition=models.Q(release=None),
                name="one_measurement_per_day_without_release",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agent", "figure", "date"], name="measurement_by_figure"),
            models.Index(
                fields=["agent", "topic", "channel", "language", "date"],
                name="measurement_by_segment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.figure} on {self.date}: {self.total}/{self.n}"
