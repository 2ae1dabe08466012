"""The daily counts added up by one property of a conversation, so that a figure reads few rows."""

from typing import ClassVar

from django.db import models

from context.models.agents import Agent


class DayTotal(models.Model):
    """One day's count of one figure over all segments that share a topic, channel, language or
    release, or over all there are.

    Written with the measurements it adds up (`context.measurements.replace`). A page of two years
    would otherwise read a row for every segment that a day had.
    """

    class By(models.TextChoices):
        ALL = "all"
        TOPIC = "topic"
        CHANNEL = "channel"
        LANGUAGE = "language"
        RELEASE = "release"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="day_totals", db_index=False)
    by = models.CharField(max_length=10, choices=By.choices)
    value = models.CharField(
        max_length=100, blank=True, help_text="The topic, channel or language; a release's key."
    )
    date = models.DateField()
    week = models.DateField(help_text="The Monday of the day's ISO week.")
    figure = models.CharField(max_length=20, help_text="A `Figure`.")
    n = models.PositiveIntegerField()
    total = models.FloatField()
    total_squares = models.FloatField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "by", "value", "date", "figure"],
                name="one_total_per_day_and_value",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["agent", "date"], name="total_by_day"),
            models.Index(
                fields=["agent", "by", "value"],
                condition=models.Q(figure="conversations"),
                name="values_that_were_counted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.figure} on {self.date} by {self.by}: {self.total}/{self.n}"
