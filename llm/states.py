"""The states of a work row, shared by every table whose rows are work."""

from django.db import models


class WorkState(models.TextChoices):
    """pending → working → done, failed or skipped; a lease that ran out frees a working row."""

    PENDING = "pending"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class Route(models.TextChoices):
    """How a row is asked: by a call of its own, or as a line of a batch at half the price."""

    LIVE = "live", "live calls"
    BATCH = "batch", "batch"
