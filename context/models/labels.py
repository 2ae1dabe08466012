"""Names for releases, such as `staging` or `git:4f2a91c`: each names one release at a time."""

from typing import ClassVar

from django.db import models

from accounts.models import ApiKey, User


class Label(models.Model):
    """A period in which a label named a release; the current one has no end. Moving it is a new
    row, so that one can tell what it named when.
    """

    agent = models.ForeignKey("context.Agent", models.CASCADE, related_name="labels")
    release = models.ForeignKey("context.Release", models.CASCADE, related_name="labels")
    name = models.CharField(max_length=100)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["name", "-since", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "name"],
                condition=models.Q(until=None),
                name="a_label_names_one_release_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return self.name
