"""How the files of a release were written, where that says more than their content does."""

from typing import ClassVar

from django.db import models


class ReleaseFile(models.Model):
    """A file as it was pushed: comments, order and line ends that the content does not hold.

    No part of the content or its hash; a pull gives it back as long as it reads to what the release
    holds.
    """

    release = models.ForeignKey("context.Release", models.CASCADE, related_name="files")
    path = models.CharField(max_length=120)
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["path"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "path"], name="a_release_has_a_path_once")
        ]

    def __str__(self) -> str:
        return self.path
