"""What is known of the two sides of a rollout: daily counts, and the looks at them."""

from typing import ClassVar

from django.db import models

from context.charts.text import change, level
from context.models.evidence import Figure
from context.models.rollouts import Arm, Rollout


class ArmCount(models.Model):
    """One day's count of one figure on one side, of each customer's first conversation; written by
    the apps on the left. Beside the figures: `CROSSED` of them were answered by the other side's
    release, `REPEATED` conversations of all were not a customer's first. Without a side: of
    customers who have no reference.
    """

    CROSSED = "crossed"
    REPEATED = "repeated"

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="counts")
    arm = models.CharField(max_length=4, choices=Arm.choices, blank=True)
    date = models.DateField(help_text="Day of the conversation's start in the workspace's zone.")
    figure = models.CharField(max_length=20)
    n = models.PositiveIntegerField()
    total = models.FloatField()
    total_squares = models.FloatField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rollout", "date", "arm", "figure"], name="one_count_per_day_and_side"
            )
        ]

    def __str__(self) -> str:
        return f"{self.arm} {self.figure} on {self.date}: {self.total}/{self.n}"


class RolloutLook(models.Model):
    """One look at one figure of a running rollout: what was seen, how sure a look on that day had
    to be, and what followed. Written once.
    """

    class Decision(models.TextChoices):
        GO_ON = "go_on", "goes on"
        STOP = "stop", "stopped"
        TOO_FEW = "too_few", "too few to tell"

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="looks")
    date = models.DateField(help_text="The day of the look; it saw the days before.")
    figure = models.CharField(max_length=20, choices=Figure.choices)
    information = models.FloatField(help_text="Share of the planned days that had passed.")
    level = models.FloatField(help_text="The two-sided level that this look may be tested at.")
    n_new = models.PositiveIntegerField()
    n_live = models.PositiveIntegerField()
    new = models.FloatField(null=True)
    live = models.FloatField(null=True)
    difference = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    decision = models.CharField(max_length=10, choices=Decision.choices)

    class Meta:
        ordering: ClassVar = ["date", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rollout", "date", "figure"], name="one_look_per_day_and_figure"
            )
        ]

    def __str__(self) -> str:
        return f"{self.figure} of {self.rollout} on {self.date}: {self.decision}"

    @property
    def is_rate(self) -> bool:
        """Whether the figure is a share of conversations."""
        return self.figure != Figure.CSAT

    @property
    def levels(self) -> str:
        """The two sides: `38.2 % against 31.0 %`; empty where one has no value."""
        if self.new is None or self.live is None:
            return ""
        return f"{level(self.new, self.is_rate)} against {level(self.live, self.is_rate)}"

    @property
    def change(self) -> str:
        """The difference with the interval of this look: `+7.2 points (+1.1 to +13.3)`."""
        return change(self.difference, self.low, self.high, self.is_rate)

    @property
    def sentence(self) -> str:
        """What was seen: `AI handover 38.2 % against 31.0 %, +7.2 points (+1.1 to +13.3)`."""
        return f"{self.get_figure_display()} {self.levels}, {self.change}"
