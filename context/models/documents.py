"""The documents of a release."""

from typing import ClassVar

from django.db import models


class Document(models.Model):
    """One topic of what the agent knows, as it stands in one release."""

    release = models.ForeignKey("context.Release", models.CASCADE, related_name="documents")
    slug = models.SlugField(max_length=100)
    title = models.CharField(max_length=200)
    topic = models.CharField(max_length=100, blank=True)
    body = models.TextField()
    required_facts = models.JSONField(
        default=list, blank=True, help_text="Names of facts to gather before answering."
    )

    class Meta:
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["release", "slug"], name="document_slug_is_unique_in_its_release"
            )
        ]

    def __str__(self) -> str:
        return self.title
