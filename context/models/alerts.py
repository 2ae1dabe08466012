"""That a figure has left its usual range, and who has looked."""

from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from accounts.models import User
from context.models.agents import Agent

SHOWN_FOR = timedelta(weeks=8)  # an alert that nobody has looked at is not asked for for ever


class AlertQuerySet(models.QuerySet["Alert"]):
    """Queries over alerts."""

    def waiting(self, agent: Agent, today: date) -> Self:
        """Those of the last weeks that nobody has acknowledged, the newest first."""
        recent = self.filter(agent=agent, last_monday__gte=today - SHOWN_FOR)
        return recent.filter(acknowledged_at=None).order_by("-first_monday", "figure")


class Alert(models.Model):
    """One excursion of one figure, from the first week outside of its usual range to its return.

    `low` and `high` are the range of the first week, `value` what was found in it; further weeks
    outside make the same row longer and no new one.
    """

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="alerts")
    figure = models.CharField(max_length=30, help_text="A key of conversations.figures.FIGURES.")
    first_monday = models.DateField()
    last_monday = models.DateField(help_text="The last week known to be outside.")
    value = models.FloatField()
    n = models.PositiveIntegerField()
    low = models.FloatField()
    high = models.FloatField()
    weeks = models.PositiveSmallIntegerField(help_text="Weeks the range was learned from.")
    found_at = models.DateTimeField()
    ended_monday = models.DateField(null=True, blank=True, help_text="The first week back inside.")
    acknowledged_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-first_monday", "figure"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "figure", "first_monday"], name="one_alert_per_excursion"
            ),
            models.UniqueConstraint(
                fields=["agent", "figure"],
                condition=Q(ended_monday=None),
                name="one_running_alert_per_figure",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.figure} outside of its range since {self.first_monday}"

    @property
    def is_open(self) -> bool:
        """Whether nobody has acknowledged it."""
        return self.acknowledged_at is None

    @property
    def is_high(self) -> bool:
        """Whether the figure was above its range."""
        return self.value > self.high

    @property
    def week(self) -> str:
        """`2026-W47`, the first week outside."""
        year, week, _ = self.first_monday.isocalendar()
        return f"{year}-W{week:02}"

    def acknowledge(self, at: datetime, by: User, note: str) -> bool:
        """Say that somebody has looked, and what they found; False if somebody had before."""
        still = Alert.objects.filter(pk=self.pk, acknowledged_at=None)
        return bool(still.update(acknowledged_at=at, acknowledged_by=by, note=note))

    def reopen(self) -> None:
        """Take an acknowledgement back."""
        Alert.objects.filter(pk=self.pk).update(acknowledged_at=None, acknowledged_by=None, note="")
