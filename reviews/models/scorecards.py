"""What conversations are judged by: versioned scorecards, their criteria, and root causes."""

from typing import ClassVar

from django.db import models

from accounts.models import User, Workspace
from context.models import Agent


class Grade(models.TextChoices):
    """The answer to one criterion."""

    PASS = "pass"
    FAIL = "fail"
    NA = "na", "not applicable"


class Scorecard(models.Model):
    """A version of the criteria by which an agent's conversations are judged; frozen once used."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="scorecards")
    version = models.PositiveIntegerField()
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "version"], name="scorecard_versions_are_unique"
            ),
            models.UniqueConstraint(
                fields=["agent"],
                condition=models.Q(active=True),
                name="one_active_scorecard_per_agent",
            ),
        ]

    def __str__(self) -> str:
        return f"scorecard {self.version}"


class Criterion(models.Model):
    """One question of a scorecard, answered pass, fail or not applicable."""

    class Applies(models.TextChoices):
        ALWAYS = "always"
        HANDOVER = "handover", "when handed over"

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="criteria")
    key = models.SlugField(max_length=30)
    name = models.CharField(max_length=100)
    question = models.TextField()
    weight = models.PositiveSmallIntegerField(default=0)
    critical = models.BooleanField(default=False)
    applies = models.CharField(max_length=10, choices=Applies.choices, default=Applies.ALWAYS)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scorecard", "key"], name="criterion_key_is_unique_in_its_scorecard"
            )
        ]

    def __str__(self) -> str:
        return self.name


class RootCause(models.Model):
    """A cause of failure as this workspace names it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="root_causes")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=100)
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "code"], name="root_cause_code_is_unique_in_its_workspace"
            )
        ]

    def __str__(self) -> str:
        return self.name
