"""Two passages of an agent's documents that cannot both be right."""

from datetime import datetime
from typing import ClassVar

from django.db import models

from accounts.models import User
from context.models import Agent
from llm.states import WorkState
from testing.refusals import Refused


class Contradiction(models.Model):
    """A pair of passages, known by its words: it stays what it was decided to be while both
    documents say just that. A work row until the model has judged it.
    """

    class Kind(models.TextChoices):
        NUMBER = "number", "another number"
        NEGATION = "negation", "one denies the other"
        CONDITION = "condition", "another condition"

    class Status(models.TextChoices):
        SUSPECTED = "suspected", "not judged yet"
        OPEN = "open"
        CLEARED = "cleared", "no contradiction"
        DISMISSED = "dismissed"
        FIXED = "fixed"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="contradictions")
    fingerprint = models.CharField(max_length=64, help_text="Of both slugs and both passages.")
    first_slug = models.CharField(max_length=100)
    first_passage = models.TextField()
    second_slug = models.CharField(max_length=100)
    second_passage = models.TextField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.SUSPECTED)
    first_quote = models.TextField(blank=True)
    second_quote = models.TextField(blank=True)
    reason = models.TextField(blank=True, help_text="Why, in the words of the model that judged.")
    strength = models.FloatField(default=0, help_text="How like the passages are.")
    found_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=300, blank=True)

    model = models.CharField(max_length=100, blank=True)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    claimed_by = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-strength", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "fingerprint"], name="contradiction_is_unique_per_agent"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["agent", "status"], name="contradiction_by_status")
        ]

    def __str__(self) -> str:
        return f"{self.first_slug} and {self.second_slug}"

    def dismiss(self, at: datetime, reason: str, by: User | None = None) -> None:
        """Put it aside for good: while both passages stay, it is not shown again. Refused without
        a reason, and unless it is open.
        """
        if not reason.strip():
            raise Refused("Say in a few words why the two passages may both stand.")
        self._decide(self.Status.OPEN, self.Status.DISMISSED, at, by, reason.strip())

    def reopen(self, at: datetime, by: User | None = None) -> None:
        """Take a dismissal back."""
        self._decide(self.Status.DISMISSED, self.Status.OPEN, at, by, "")

    def _decide(
        self, state: Status, to: Status, at: datetime, by: User | None, reason: str
    ) -> None:
        """Move by one conditional UPDATE; refused when somebody else was first."""
        values = {"decided_by": by, "decided_at": at, "decision_reason": reason[:300]}
        rows = Contradiction.objects.filter(pk=self.pk, status=state)
        moved = rows.update(status=to, **values)
        self.refresh_from_db()
        if not moved:
            status = self.get_status_display().lower()
            raise Refused(f"The contradiction of {self} is already {status}.")
