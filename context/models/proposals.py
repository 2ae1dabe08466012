"""Suggested changes of context or prompt, with their evidence."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from context.models.agents import Agent
from context.models.releases import Release


class Proposal(models.Model):
    """A suggested change of context or prompt, with its evidence."""

    class Kind(models.TextChoices):
        DOCUMENT = "document"
        PROMPT = "prompt"

    class Status(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DECLINED = "declined"

    class Source(models.TextChoices):
        VERDICT = "verdict"
        CAPTURE = "capture"
        PERSON = "person"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="proposals")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.DOCUMENT)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    source = models.CharField(max_length=10, choices=Source.choices)
    topic = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=200)
    body = models.TextField(help_text="The fact or instruction as it would read in the release.")
    required_facts = models.JSONField(default=list, blank=True)
    fingerprint = models.CharField(max_length=64, help_text="Proposals of the same fact share it.")
    evidence = models.JSONField(
        default=list, blank=True, help_text="[{conversation: id, messages: [external ids]}]"
    )
    volume = models.PositiveIntegerField(default=1, help_text="Conversations it would have served.")
    failures = models.PositiveIntegerField(default=0, help_text="Of these, failed or handed over.")
    conflicts = models.JSONField(
        default=list, blank=True, help_text="[{slug, kind: duplicate|contradiction, quote}]"
    )
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)
    release = models.ForeignKey(
        Release, models.SET_NULL, null=True, blank=True, related_name="proposals"
    )

    class Meta:
        ordering: ClassVar = ["-volume", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "fingerprint"],
                condition=models.Q(status="open"),
                name="one_open_proposal_per_fact",
            )
        ]

    def __str__(self) -> str:
        return self.title
