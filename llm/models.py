"""What was spent on model calls, the ground of the caps, and the batches that are under way."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from llm.states import Route, WorkState


class Spend(models.Model):
    """Dollars reserved or spent by one scope ("agent:3", "run:17") on one day."""

    scope = models.CharField(max_length=100)
    day = models.DateField()
    usd = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    calls = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "scope"]
        constraints = [
            models.UniqueConstraint(fields=["scope", "day"], name="one_spend_per_scope_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.scope} on {self.day}: ${self.usd}"


class BatchTakenOver(Exception):
    """Another worker holds the batch now, or it has ended: whoever gets this stops."""


class ModelBatch(models.Model):
    """Rows of work sent to the provider as one file; made, with its rows, before anything is sent.

    `key` is the name by which it is found again at the provider (file name and metadata), and by
    which it holds its rows (`claimed_by`). One worker at a time holds the batch itself.
    """

    class Status(models.TextChoices):
        """The provider's, and before them `submitting`: nobody knows yet whether it was sent."""

        SUBMITTING = "submitting", "being sent"
        VALIDATING = "validating", "being validated"
        IN_PROGRESS = "in_progress", "in progress"
        FINALIZING = "finalizing", "being finished"
        CANCELLING = "cancelling", "being cancelled"
        COMPLETED = "completed"
        FAILED = "failed"
        EXPIRED = "expired"
        CANCELLED = "cancelled"

    class Rest(models.TextChoices):
        """What becomes of rows the batch has no result for."""

        LIVE = "live", "asked by live calls"
        SKIPPED = "skipped"

    ENDED: ClassVar = (Status.COMPLETED, Status.FAILED, Status.EXPIRED, Status.CANCELLED)
    WINDOW: ClassVar = timedelta(hours=24)
    LEASE: ClassVar = timedelta(minutes=15)

    key = models.CharField(max_length=32, unique=True)
    purpose = models.CharField(max_length=40)
    scope = models.CharField(
        max_length=100, help_text="For whom: the scope its money counts under."
    )
    model = models.CharField(max_length=100)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.SUBMITTING)
    rest = models.CharField(max_length=8, choices=Rest.choices, default=Rest.LIVE)
    file_id = models.CharField(max_length=100, blank=True)
    batch_id = models.CharField(max_length=100, blank=True)
    output_file_id = models.CharField(max_length=100, blank=True)
    error_file_id = models.CharField(max_length=100, blank=True)
    total = models.PositiveIntegerField(help_text="Rows it was made for.")
    answered = models.PositiveIntegerField(default=0, help_text="As the provider counts.")
    failed = models.PositiveIntegerField(default=0, help_text="As the provider counts.")
    lines_read = models.PositiveIntegerField(default=0, help_text="Of the output file.")
    left_over = models.PositiveIntegerField(default=0, help_text="Rows it had no result for.")
    reserved_usd = models.DecimalField(max_digits=12, decimal_places=6)
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    next_step_at = models.DateTimeField(help_text="Nobody takes it before: a wait, or a lease.")
    claimed_by = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveIntegerField(default=0, help_text="How often it was taken.")

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name_plural = "model batches"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch_id"], condition=~Q(batch_id=""), name="one_row_per_provider_batch"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["completed", "failed", "expired", "cancelled"],
                    ended_at__isnull=False,
                )
                | Q(
                    status__in=[
                        "submitting",
                        "validating",
                        "in_progress",
                        "finalizing",
                        "cancelling",
                    ],
                    ended_at__isnull=True,
                ),
                name="a_batch_has_an_end_when_it_ended_only",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["purpose", "scope"], name="batch_by_scope"),
            models.Index(
                fields=["next_step_at"], condition=Q(ended_at=None), name="batch_to_be_stepped"
            ),
        ]

    def __str__(self) -> str:
        return f"batch {self.batch_id or self.key} of {self.total} rows"

    @property
    def filename(self) -> str:
        """The name of its input file at the provider."""
        return f"agentops-{self.key}.jsonl"

    @property
    def results_by(self) -> datetime:
        """When the provider promises its results at the latest."""
        return (self.submitted_at or self.created_at) + self.WINDOW

    @property
    def is_open(self) -> bool:
        """Whether results may still come."""
        return self.ended_at is None

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop and has not ended yet."""
        return self.is_open and self.cancel_asked_at is not None

    @property
    def read(self) -> int:
        """Lines the provider is done with, well or badly."""
        return self.answered + self.failed

    def held(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Those of `rows` that wait for this batch."""
        return rows.filter(state=WorkState.WORKING, claimed_by=self.key)

    def take(self, worker: str, now: datetime) -> bool:
        """Hold the batch for one step, unless it has ended, waits, or somebody else holds it."""
        free = ModelBatch.objects.filter(pk=self.pk, ended_at=None, next_step_at__lte=now)
        until, count = now + self.LEASE, F("attempts") + 1
        if not free.update(claimed_by=worker, next_step_at=until, attempts=count):
            return False
        self.refresh_from_db()
        return True

    def keep(self, **columns: Any) -> None:
        """Write columns while we hold the batch; raises BatchTakenOver when we no longer do."""
        mine = ModelBatch.objects.filter(pk=self.pk, ended_at=None, claimed_by=self.claimed_by)
        if not mine.update(**columns):
            raise BatchTakenOver(str(self))
        for name, value in columns.items():
            setattr(self, name, value)

    def let_go(self, rows: models.QuerySet[Any], reason: str) -> int:
        """Give up those of `rows` that wait for this batch: they go on by live calls, or are
        skipped as it was asked; returns how many. Call it in a transaction.
        """
        free: dict[str, Any] = {"claimed_by": "", "lease_until": None, "error": reason}
        if self.rest == self.Rest.SKIPPED:
            count = self.held(rows).update(state=WorkState.SKIPPED, **free)
        else:
            count = self.held(rows).update(state=WorkState.PENDING, route=Route.LIVE, **free)
        self.count_left_over(count)
        return count

    def count_left_over(self, count: int) -> None:
        """Count rows that go on without this batch."""
        ModelBatch.objects.filter(pk=self.pk).update(left_over=F("left_over") + count)

    def ask_to_stop(self, rest: str, reason: str, at: datetime) -> bool:
        """Want no more of this batch; the next step tells the provider. False when it has ended, or
        was asked before.
        """
        standing = ModelBatch.objects.filter(pk=self.pk, ended_at=None)
        asked = standing.filter(cancel_asked_at=None).update(
            cancel_asked_at=at, cancel_reason=reason, rest=rest
        )
        # Whoever holds it is not disturbed; else it is due at once.
        standing.filter(claimed_by="").update(next_step_at=at)
        self.refresh_from_db()
        return bool(asked)


class BatchReservation(models.Model):
    """A budget in which a batch has reserved its money."""

    batch = models.ForeignKey(ModelBatch, models.CASCADE, related_name="reservations")
    scope = models.CharField(max_length=100)
    day = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch", "scope", "day"], name="one_reservation_per_batch_and_budget"
            )
        ]

    def __str__(self) -> str:
        return f"{self.batch} in {self.scope} on {self.day}"
