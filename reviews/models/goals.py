"""How many conversations a reviewer is to decide in a day."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from context.models import Agent


class ReviewGoal(models.Model):
    """A reviewer's goal from a day on, until the next one; 0: no share of the queue."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="review_goals")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    first_day = models.DateField()
    per_day = models.PositiveSmallIntegerField(null=True, help_text="Empty: the default again.")
    set_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["first_day"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "user", "first_day"], name="one_goal_per_reviewer_and_first_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.per_day} a day from {self.first_day}"
