"""The finished calls of a dialogue, one row each."""

from typing import ClassVar

from django.db import models

from testing.models.runs import Result


class Step(models.Model):
    """One call of a dialogue that was answered: the release spoke or used its tools, or the
    simulated customer spoke. Written once, before the next call is asked.

    The trial of a single question has no steps: its one answer stands in its result.
    """

    class Kind(models.TextChoices):
        ANSWER = "answer", "the release answers"
        TOOLS = "tools", "the release uses tools"
        CUSTOMER = "customer", "the customer speaks"

    result = models.ForeignKey(Result, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(blank=True)
    action = models.CharField(
        max_length=10,
        blank=True,
        help_text="Of the release as of a case; of the customer: goes_on, satisfied, gives_up.",
    )
    sources = models.JSONField(default=list, blank=True)
    missing_facts = models.JSONField(default=list, blank=True)
    reason = models.TextField(blank=True)
    calls = models.JSONField(
        default=list, blank=True, help_text="[{id, name, arguments, result, is_recorded}]"
    )
    model = models.CharField(max_length=100)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    latency_ms = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["result", "position"], name="one_step_per_place_in_a_dialogue"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text[:60]}"
