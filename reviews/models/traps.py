"""Trap lists: errors of the judge that its prompt quotes, frozen once they are taught."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from context.models import Agent
from reviews.models.disagreements import MOST_CHARACTERS, DisagreementMark
from reviews.models.scorecards import Grade


class TrapList(models.Model):
    """One version of what the judge is taught. Never edited: other traps are another list."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="trap_lists")
    number = models.PositiveIntegerField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "number"], name="trap_list_numbers_are_unique")
        ]

    def __str__(self) -> str:
        return f"trap list {self.number}"


class Trap(models.Model):
    """One error as the judge is shown it: a copy, so that the list stays what it was."""

    traps = models.ForeignKey(TrapList, models.CASCADE, related_name="traps")
    position = models.PositiveSmallIntegerField()
    mark = models.ForeignKey(DisagreementMark, models.SET_NULL, null=True, related_name="+")
    criterion = models.SlugField(max_length=30, help_text="The key of the criterion.")
    wrong = models.CharField(max_length=4, choices=Grade.choices)
    right = models.CharField(max_length=4, choices=Grade.choices)
    quote = models.CharField(max_length=MOST_CHARACTERS, blank=True)
    lesson = models.CharField(max_length=MOST_CHARACTERS, blank=True)
    times = models.PositiveIntegerField(help_text="How many marks say the same.")

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["traps", "position"], name="trap_positions_are_unique_in_their_list"
            )
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.right}, not {self.wrong}"


class Teaching(models.Model):
    """That a manager had the judge taught by a list, or by none; the newest one holds."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="teachings")
    traps = models.ForeignKey(TrapList, models.CASCADE, null=True, related_name="+")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.traps or 'no traps'} from {self.at:%Y-%m-%d}"
