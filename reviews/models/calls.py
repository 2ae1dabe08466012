"""The judge's call log: what was asked, what came back, and what it took."""

from typing import ClassVar

from django.db import models

from context.models import Agent
from reviews.models.judging import Review


class PromptText(models.Model):
    """A long text that many calls share, kept once: the rubric, or what a release was given."""

    digest = models.CharField(max_length=64, primary_key=True)
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="+")
    text = models.TextField()

    def __str__(self) -> str:
        return self.digest[:8]


class JudgeCall(models.Model):
    """One answered call of the judge, kept as it was, whether or not the answer could be used."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="calls")
    rubric = models.ForeignKey(PromptText, models.RESTRICT, related_name="+")
    given = models.ForeignKey(PromptText, models.RESTRICT, related_name="+")
    material = models.TextField(help_text="The conversation, its brief and its transcript.")
    answer = models.TextField(blank=True, help_text="As it came.")
    error = models.TextField(blank=True, help_text="Why the answer could not be used.")
    model = models.CharField(max_length=100, help_text="As the server named itself.")
    attempts = models.PositiveSmallIntegerField(help_text="Requests sent.")
    input_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    latency_ms = models.PositiveIntegerField(default=0)
    answered_at = models.DateTimeField()
    rebuilt = models.BooleanField(
        default=False, help_text="Asked in a batch; the prompt was built again with its answer."
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["answered_at"], name="judge_call_by_time")]

    def __str__(self) -> str:
        return f"call for {self.review}"

    @property
    def seconds(self) -> float:
        """How long the answer took."""
        return self.latency_ms / 1000
