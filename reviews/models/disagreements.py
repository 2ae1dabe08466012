"""Where the judge and a person differ, and who of them a second look found wrong."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from reviews.models.judging import CriterionResult
from reviews.models.verdicts import CriterionVerdict

MOST_CHARACTERS = 200


class DisagreementMark(models.Model):
    """That a person looked at a disagreement again and says who was wrong. Never edited: undo
    leaves the row and says who took it back.
    """

    class Blame(models.TextChoices):
        JUDGE = "judge", "judge error"
        PERSON = "person", "person was wrong"

    result = models.ForeignKey(CriterionResult, models.CASCADE, related_name="marks")
    answer = models.ForeignKey(CriterionVerdict, models.CASCADE, related_name="marks")
    blame = models.CharField(max_length=6, choices=Blame.choices)
    quote = models.CharField(
        max_length=MOST_CHARACTERS, blank=True, help_text="The words it turns on, masked."
    )
    lesson = models.CharField(
        max_length=MOST_CHARACTERS, blank=True, help_text="What to remember of it, masked."
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["answer"],
                condition=models.Q(undone_at=None),
                name="one_standing_mark_per_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_blame_display()}: {self.answer}"
