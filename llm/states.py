"""The states of a work row, shared by every table whose rows are work."""

from django.db import models


class WorkState(models.TextChoices):
    """pending → working → done, failed or skipped; a lease that ran out makes a working row claimable again."""

    PENDING = "pending"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
