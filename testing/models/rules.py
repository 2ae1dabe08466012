"""The rules of an agent's gate: how the checks of its suites are decided."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from context.models import Agent

LEAST_MARGIN, MOST_MARGIN = 0.005, 0.5
MARGIN = [MinValueValidator(LEAST_MARGIN), MaxValueValidator(MOST_MARGIN)]
SHARE = [MinValueValidator(0), MaxValueValidator(1)]
MOST_TRIALS = 20
TRIALS = [MinValueValidator(1), MaxValueValidator(MOST_TRIALS)]


class OnContradiction(models.TextChoices):
    """What documents that contradict each other make of the context check."""

    UNDECIDED = "undecided", "leaves it undecided"
    FAILED = "failed", "fails it"
    IGNORED = "ignored", "is only shown"


class GateRules(models.Model):
    """One agent's rules. An agent without a row has the defaults.

    Which checks a release needs is `Agent.required_checks`; these rules say how they are decided.
    What a suite adds of its own stands on the suite: `margin`, and whether it `decides`.
    """

    agent = models.OneToOneField(Agent, models.CASCADE, related_name="gate_rules")
    margin = models.FloatField(
        default=0.05, validators=MARGIN, help_text="The loss of pass rate that may stay possible."
    )
    cases_for_an_interval = models.PositiveIntegerField(
        default=100,
        validators=[MinValueValidator(2), MaxValueValidator(100_000)],
        help_text="With fewer compared cases no case may be lost; from here on the interval "
        "decides.",
    )
    trials = models.PositiveSmallIntegerField(
        default=3, validators=TRIALS, help_text="How often the gate asks each case."
    )
    least_trials = models.PositiveSmallIntegerField(
        default=1, validators=TRIALS, help_text="A run that asked less often does not count."
    )
    most_ungraded = models.FloatField(
        default=0.1, validators=SHARE, help_text="Share of the cases that may lack a grade."
    )
    targeted_share = models.FloatField(
        default=0.8,
        validators=SHARE,
        help_text="Share of the cases on changed documents that must pass.",
    )

    contradictions = models.CharField(
        max_length=10,
        choices=OnContradiction.choices,
        default=OnContradiction.UNDECIDED,
        help_text="What an open contradiction makes of the context check, if the live release does "
        "not have it.",
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(margin__gte=LEAST_MARGIN, margin__lte=MOST_MARGIN),
                name="the_margin_is_from_half_a_point_to_50",
            ),
            models.CheckConstraint(
                condition=Q(cases_for_an_interval__gte=2), name="an_interval_needs_two_cases"
            ),
            models.CheckConstraint(
                condition=Q(least_trials__gte=1, trials__gte=F("least_trials")),
                name="the_gate_asks_as_often_as_it_demands",
            ),
            models.CheckConstraint(
                condition=Q(most_ungraded__gte=0, most_ungraded__lte=1),
                name="most_ungraded_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(targeted_share__gte=0, targeted_share__lte=1),
                name="targeted_share_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"gate of {self.agent}"

    def clean(self) -> None:
        """The gate's own runs have to count."""
        numbers = self.trials, self.least_trials
        if None not in numbers and self.trials < self.least_trials:
            text = f"At least {self.least_trials}, or its own runs would not count."
            raise ValidationError({"trials": text})

    @classmethod
    def of(cls, agent: Agent) -> "GateRules":
        """The agent's rules; unsaved defaults where none were set."""
        rules = cls.objects.filter(agent=agent).first() or cls(agent=agent)
        rules.agent = agent
        return rules


class CriticalTag(models.Model):
    """A tag that makes every case critical which bears it."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="critical_tags")
    tag = models.CharField(max_length=100)

    class Meta:
        ordering: ClassVar = ["tag"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "tag"], name="a_critical_tag_is_named_once"),
            models.CheckConstraint(condition=~Q(tag=""), name="a_critical_tag_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.tag


def critical_tags(agent: Agent) -> frozenset[str]:
    """The agent's critical tags."""
    return frozenset(CriticalTag.objects.filter(agent=agent).values_list("tag", flat=True))
