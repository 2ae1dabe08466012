"""What is known of a document beside its text: who looks after it, how it is used, what was found
fine.

These rows belong to the document of an agent, whatever the release: the content of a release says
what the agent is told, and nothing here changes that.
"""

from typing import ClassVar

from django.db import models

from accounts.models import User
from context.models.agents import Agent


class Upkeep(models.Model):
    """Who looks after a document, until when it holds, and where it comes from."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="upkeep")
    slug = models.SlugField(max_length=100)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    expires_on = models.DateField(
        null=True, blank=True, help_text="The last day on which it holds."
    )
    source = models.CharField(max_length=500, blank=True, help_text="The address it comes from.")

    class Meta:
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "slug"], name="one_upkeep_per_document")
        ]

    def __str__(self) -> str:
        return self.slug


class DocumentUse(models.Model):
    """On how many conversations of a day the agent's answers rested on a document: a slot that
    whoever stores conversations fills.
    """

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="document_uses")
    date = models.DateField(help_text="Day of the conversation's start in the workspace's zone.")
    slug = models.CharField(max_length=100)
    n = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "date", "slug"], name="one_use_per_day_and_document"
            )
        ]

    def __str__(self) -> str:
        return f"{self.slug} on {self.date}: {self.n}"


class FineMark(models.Model):
    """That a person looked at a finding about the documents and found it fine until a day."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="fine_marks")
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=220, help_text="The slugs of the finding's documents.")
    reason = models.CharField(max_length=500)
    until = models.DateField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["agent", "until"], name="fine_marks_in_force")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: fine until {self.until}"
