"""What a release did to the figures: findings with their doubt, and what stands beside each."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from context.charts.text import change, level, signed, span
from context.models.agents import Agent
from context.models.evidence import Figure
from context.models.publications import Publication
from context.models.releases import Release
from context.models.rollouts import Rollout


class Impact(models.Model):
    """What one release did to one figure, as computed at one time; a later computation is a new
    row.

    `difference`, `low` and `high` are the finding without the mix where segments allow it;
    `before` (with its n) is the level on the release before, as counted, and `after` that on this
    one; the regression reads all `days_before`. `p` is adjusted within its role to `adjusted_p`.
    """

    class Verdict(models.TextChoices):
        IMPROVED = "improved"
        REGRESSED = "regressed"
        NO_CLEAR_CHANGE = "no_clear_change", "no clear change"
        CANNOT_TELL_YET = "cannot_tell_yet", "cannot tell yet"

    class Role(models.TextChoices):
        PRIMARY = "primary", "primary figure"
        GUARDRAIL = "guardrail"
        EXPLORATORY = "exploratory", "looked through"

    release = models.ForeignKey(Release, models.CASCADE, related_name="impacts")
    publication = models.ForeignKey(
        Publication,
        models.CASCADE,
        null=True,
        related_name="impacts",
        help_text="The time of being live that was measured; empty: the first one, or a rollout.",
    )
    rollout = models.ForeignKey(
        Rollout,
        models.CASCADE,
        null=True,
        related_name="impacts",
        help_text="The split of traffic that was measured: the release caused what was found.",
    )
    figure = models.CharField(max_length=20, choices=Figure.choices)
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.EXPLORATORY)
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    method = models.CharField(max_length=80)
    before = models.FloatField(null=True)
    after = models.FloatField(null=True)
    difference = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    p = models.FloatField(null=True)
    adjusted_p = models.FloatField(null=True)
    family = models.PositiveSmallIntegerField(
        default=1, help_text="How many figures of its role have a p: what it is one of."
    )
    matters = models.FloatField(default=0, help_text="The change that would matter.")
    n_before = models.PositiveIntegerField(default=0)
    n_after = models.PositiveIntegerField(default=0)
    days_before = models.PositiveSmallIntegerField(default=0)
    days_after = models.PositiveSmallIntegerField(default=0)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    excluded_share = models.FloatField(
        default=0, help_text="Conversations of segments that one side alone has."
    )
    needed_days = models.PositiveIntegerField(
        null=True, help_text="Days on the release that would tell, with noise as it was."
    )
    needed_conversations = models.PositiveIntegerField(
        null=True, help_text="Conversations an arm of split traffic that would tell."
    )
    provisional = models.BooleanField(default=True)
    reason = models.CharField(max_length=300, blank=True)
    computed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-computed_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(publication=None) | models.Q(rollout=None),
                name="an_impact_is_of_days_before_and_after_or_of_a_split",
            )
        ]

    def __str__(self) -> str:
        return f"{self.release}: {self.figure} {self.verdict}"

    @property
    def split(self) -> bool:
        """Whether traffic was split: both sides shared every day."""
        return self.rollout_id is not None

    @property
    def is_told(self) -> bool:
        """Whether it has a verdict."""
        return self.verdict != self.Verdict.CANNOT_TELL_YET

    @property
    def is_rate(self) -> bool:
        """Whether the figure is a share of conversations, shown in percent and points."""
        return not self.figure.startswith("csat") and self.figure != Figure.COST

    @property
    def association(self) -> str:
        """What may be claimed: before and after can never say that the release caused it."""
        return "caused by" if self.split else "associated with"

    @property
    def source(self) -> str:
        """How the address of the impact page names what was measured: `split=3`, `live=4`."""
        return f"split={self.rollout_id}" if self.split else f"live={self.publication_id}"

    @property
    def levels(self) -> str:
        """The two levels as the reports write them: `28.1 % → 36.9 %`; empty when unknown."""
        if self.before is None or self.after is None:
            return ""
        return f"{level(self.before, self.is_rate)} → {level(self.after, self.is_rate)}"

    @property
    def change(self) -> str:
        """The change with its interval: `+8.8 points (+2.1 to +15.5)`; empty when unknown."""
        return change(self.difference, self.low, self.high, self.is_rate)

    @property
    def interval(self) -> str:
        """The 95 % interval of the change: `+2.1 to +15.5`; empty when unknown."""
        return "" if self.low is None or self.high is None else self.span(self.low, self.high)

    def written(self, value: float, unit: bool = False) -> str:
        """A difference of this figure with its sign: `+8.8 points`, `−0.17`."""
        return signed(value, self.is_rate) + (" points" if unit and self.is_rate else "")

    def span(self, low: float, high: float) -> str:
        """Two differences as `+2.1 to +15.5`."""
        return span(low, high, self.is_rate)


class ImpactEvidence(models.Model):
    """One thing that stands beside an impact: another view of the same change, with its doubt."""

    class Kind(models.TextChoices):
        RAW = "raw", "as counted"
        MIX = "mix", "by the mix alone"
        STANDARDISED = "standardised", "by direct standardisation of both windows"
        BAND = "band", "past weekly changes"
        UNTOUCHED = "untouched", "topics it did not touch"
        CONTROL = "control", "touched against untouched topics"
        RESPONSE = "response", "share of surveys answered"
        DISPERSION = "dispersion", "how much more days vary than chance"

    impact = models.ForeignKey(Impact, models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    estimate = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True, help_text="Why there is no number.")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["impact", "kind"], name="one_piece_of_evidence_per_impact_and_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.impact_id}"

    @property
    def written(self) -> str:
        """The number as it is read; empty where there is none. Most are differences of the
        impact's figure; the answered share is one of its own, the dispersion no difference.
        """
        if self.estimate is None:
            return ""
        if self.kind == self.Kind.DISPERSION:
            return f"{self.estimate:.1f} times"
        if self.kind == self.Kind.RESPONSE:
            return f"{signed(self.estimate, rate=True)} points"
        return self.impact.written(self.estimate, unit=True)

    @property
    def span(self) -> str:
        """The interval; empty where there is none."""
        if self.low is None or self.high is None:
            return ""
        if self.kind == self.Kind.RESPONSE:
            return span(self.low, self.high, rate=True)
        return self.impact.span(self.low, self.high)


class DayLeftOut(models.Model):
    """A day that no comparison counts: an outage, a holiday. Who left it out, and when, is shown
    beside every impact it touches: choosing days after seeing the result would be no measurement.
    """

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="days_left_out")
    date = models.DateField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["date"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "date"], name="a_day_is_left_out_once")
        ]

    def __str__(self) -> str:
        return f"{self.date}: {self.reason}"
