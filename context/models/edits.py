"""Every step by which a draft became what it is."""

from typing import ClassVar

from django.db import models

from accounts.models import User


class Edit(models.Model):
    """One change of one part of a draft: what stood there, what stands there, who, when and why.

    Never edited: a draft that is overwritten or merged keeps here what it said before.
    """

    class Part(models.TextChoices):
        PROMPT = "prompt"
        SETTING = "setting"
        DOCUMENT = "document"

    class Kind(models.TextChoices):
        ADDED = "added"
        CHANGED = "changed"
        REMOVED = "removed"

    release = models.ForeignKey("context.Release", models.CASCADE, related_name="edits")
    part = models.CharField(max_length=10, choices=Part.choices)
    name = models.CharField(max_length=200, blank=True, help_text="Slug or name of the setting.")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    detail = models.TextField(blank=True, help_text="What else changed: title, topic, facts.")
    why = models.CharField(max_length=500, blank=True)
    proposal = models.ForeignKey(
        "context.Proposal", models.SET_NULL, null=True, blank=True, related_name="edits"
    )
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.part} {self.name} {self.kind}".replace("  ", " ")
