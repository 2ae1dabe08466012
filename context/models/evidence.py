"""What is known of a release: checks before it goes live, daily counts and impacts after."""

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
    ASSISTED = "assisted", "assisted escalations"
    REOPENED = "reopened"
    SNOOZE_RESOLVED = "snooze_resolved"
    SNOOZE_HANDED_OVER = "snooze_handed_over"
    SNOOZE_SILENT = "snooze_silent"
    SURVEYED = "surveyed"
    CSAT = "csat", "CSAT"
    CSAT_AI = "csat_ai", "CSAT, AI only"
    CSAT_MIXED = "csat_mixed", "CSAT, mixed"
    CSAT_HUMAN = "csat_human", "CSAT, people only"
    JUDGE_PASSED = "judge_passed", "passed by the judge"
    COST = "cost"


class Measurement(models.Model):
    """One day's count of one figure for one segment (release, topic, channel, language)."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="measurements")
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
            models.Index(fields=["agent", "figure", "date"], name="measurement_by_figure")
        ]

    def __str__(self) -> str:
        return f"{self.figure} on {self.date}: {self.total}/{self.n}"


class Impact(models.Model):
    """What one release did to one figure, as computed at one time; a later computation is a new
    row.
    """

    class Verdict(models.TextChoices):
        IMPROVED = "improved"
        REGRESSED = "regressed"
        NO_CLEAR_CHANGE = "no_clear_change", "no clear change"
        CANNOT_TELL_YET = "cannot_tell_yet", "cannot tell yet"

    release = models.ForeignKey(Release, models.CASCADE, related_name="impacts")
    figure = models.CharField(max_length=20, choices=Figure.choices)
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    method = models.CharField(max_length=50)
    before = models.FloatField(null=True)
    after = models.FloatField(null=True)
    difference = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n_before = models.PositiveIntegerField(default=0)
    n_after = models.PositiveIntegerField(default=0)
    days_before = models.PositiveSmallIntegerField(default=0)
    days_after = models.PositiveSmallIntegerField(default=0)
    provisional = models.BooleanField(default=True)
    reason = models.CharField(max_length=300, blank=True)
    computed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-computed_at", "-id"]

    def __str__(self) -> str:
        return f"{self.release}: {self.figure} {self.verdict}"

    @property
    def is_rate(self) -> bool:
        """Whether the figure is a share of conversations, shown in percent and points."""
        return not self.figure.startswith("csat") and self.figure != Figure.COST

    @property
    def levels(self) -> str:
        """The two levels as the reports write them: `28.1 % → 36.9 %`; empty when unknown."""
        if self.before is None or self.after is None:
            return ""
        if self.is_rate:
            return f"{self.before:.1%} → {self.after:.1%}".replace("%", " %")
        return f"{self.before:.2f} → {self.after:.2f}"

    @property
    def change(self) -> str:
        """The change with its interval: `+8.8 points (+2.1 to +15.5)`; empty when unknown."""
        if self.difference is None or self.low is None or self.high is None:
            return ""
        scale, digits, unit = (100, 1, " points") if self.is_rate else (1, 2, "")
        values = (f"{scale * x:+.{digits}f}" for x in (self.difference, self.low, self.high))
        difference, low, high = (value.replace("-", "−") for value in values)
        return f"{difference}{unit} ({low} to {high})"
