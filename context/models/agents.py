"""The AI agent that is managed, with the settings of its management loop."""

import secrets
from datetime import date, datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import Workspace
from context.models.release_status import ReleaseStatus
from context.models.releases import Release
from llm.states import Route


def new_sampling_secret() -> str:
    """256 random bits in hex, from which each day's draw of the review queue is made."""
    return secrets.token_hex(32)


LEAST_CANARY = 50  # fewer conversations could not tell a judge that drifted from chance


def zero_or_enough(value: int) -> None:
    """Refuse a canary that is switched on and too small to tell anything."""
    if 0 < value < LEAST_CANARY:
        raise ValidationError(f"0 to switch it off, or at least {LEAST_CANARY}.")


class Guardrail(models.TextChoices):
    """Figures whose good direction is plain, so that harm to them may stop a rollout."""

    CSAT = "csat", "CSAT"
    REOPENED = "reopened"
    AI_HANDOVER = "ai_handover", "AI handover"
    AI_RESOLVED = "ai_resolved", "AI resolved"
    AI_ANSWERED = "ai_answered", "AI answered"


def known_guardrails(value: str) -> None:
    """Refuse words that name none, and an empty list: a rollout would run on whatever it does."""
    words = value.split()
    if not words or len(set(words)) < len(words) or set(words) - set(Guardrail.values):
        known = ", ".join(Guardrail.values)
        raise ValidationError(f"One or more of {known}, each once, separated by spaces.")


class JudgeHidden(models.TextChoices):
    """In which items of the review queue the judge's opinion is hidden until a person has decided.

    The readings of a double are always blind: two labels agree for nothing if both copy the judge.
    """

    SAMPLE = "sample", "in the random sample, which the quality figure rests on"
    ALWAYS = "always", "in every item, the flagged ones too"
    NEVER = "never", "only where two people read the same conversation"


class ImpactFigure(models.TextChoices):
    """What a release may be judged by: a share, or CSAT, whose good direction is plain."""

    AI_RESOLVED = "ai_resolved", "AI resolved"
    AI_ANSWERED = "ai_answered", "AI answered"
    AI_HANDOVER = "ai_handover", "AI handover"
    CSAT = "csat", "CSAT"


class Agent(models.Model):
    """The AI agent that is managed, with the settings of its management loop."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="agents")
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=50)
    language = models.CharField(max_length=10, default="en")
    review_hour = models.PositiveSmallIntegerField(default=6, validators=[MaxValueValidator(23)])
    test_weekday = models.PositiveSmallIntegerField(default=3, validators=[MaxValueValidator(6)])
    test_hour = models.PositiveSmallIntegerField(default=6, validators=[MaxValueValidator(23)])
    report_weekday = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(6)])
    report_hour = models.PositiveSmallIntegerField(default=8, validators=[MaxValueValidator(23)])
    queue_capacity = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    double_review_share = models.FloatField(
        default=0.1, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    judge_hidden = models.CharField(
        max_length=10, choices=JudgeHidden.choices, default=JudgeHidden.SAMPLE
    )
    review_mode = models.CharField(max_length=5, choices=Route.choices, default=Route.LIVE)
    canary_size = models.PositiveSmallIntegerField(
        default=200, validators=[zero_or_enough, MaxValueValidator(500)]
    )
    daily_budget_usd = models.DecimalField(max_digits=8, decimal_places=2, default=20)
    run_budget_usd = models.DecimalField(max_digits=8, decimal_places=2, default=10)
    required_checks = models.CharField(
        max_length=200,
        default="regression",
        blank=True,
        help_text="Checks a release needs before it is published, separated by spaces.",
    )
    stale_after_months = models.PositiveSmallIntegerField(
        default=12,
        validators=[MaxValueValidator(120)],
        help_text="A document whose text is older is shown as stale; 0 shows none.",
    )
    judge_least_sensitivity = models.FloatField(
        default=0.6,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="A judge that surely finds a smaller share of the failures gates nothing.",
    )
    judge_least_specificity = models.FloatField(
        default=0.8,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="A judge that surely lets a smaller share of the passes pass gates nothing.",
    )
    judge_least_labels = models.PositiveSmallIntegerField(
        default=100,
        validators=[MinValueValidator(1)],
        help_text="Verdicts of people below which a version of the judge counts as not measured.",
    )
    rollout_guardrails = models.CharField(
        max_length=200,
        default="csat reopened ai_handover",
        validators=[known_guardrails],
        help_text="Figures that stop a staged rollout when it surely harms them.",
    )
    impact_figure = models.CharField(
        max_length=20,
        choices=ImpactFigure.choices,
        default=ImpactFigure.AI_RESOLVED,
        help_text="The one figure that releases are meant to move, and are judged by.",
    )
    impact_weeks = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(4)],
        help_text="Whole weeks on a release that are compared with the four before it.",
    )
    impact_points = models.FloatField(
        default=3,
        validators=[MinValueValidator(0.1), MaxValueValidator(50)],
        help_text="The change of a share, in points, that would matter to you.",
    )
    impact_csat = models.FloatField(
        default=0.2,
        validators=[MinValueValidator(0.01), MaxValueValidator(2)],
        help_text="The change of CSAT that would matter to you.",
    )
    sampling_secret = models.CharField(max_length=64, default=new_sampling_secret, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "slug"], name="agent_slug_is_unique_in_its_workspace"
            )
        ]

    @property
    def guardrail_labels(self) -> list[str]:
        """The figures that stop a rollout, as people call them."""
        return [Guardrail(word).label for word in self.rollout_guardrails.split()]

    def __str__(self) -> str:
        return self.name

    @property
    def budget_scope(self) -> str:
        """The name under which this agent's model spend is counted."""
        return f"agent:{self.pk}"

    def local_date(self, moment: datetime) -> date:
        """The calendar day of a moment in the workspace's time zone."""
        return moment.astimezone(self.workspace.zone).date()

    def live_release(self) -> Release | None:
        """The one release that answers now, if any was ever published."""
        return Release.objects.filter(agent=self, status=ReleaseStatus.LIVE).first()

    def hold(self) -> None:
        """Make other changes of this agent's releases and proposals wait until the transaction
        ends.

        A row lock on PostgreSQL; on SQLite a transaction that writes is alone anyway.
        """
        Agent.objects.select_for_update().only("pk").get(pk=self.pk)
