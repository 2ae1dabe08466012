"""What was done to cases: each change as a row; those made together are undone together."""

from datetime import datetime
from typing import ClassVar

from django.db import models

from accounts.models import User
from testing.models.cases import Case
from testing.models.suites import Suite
from testing.refusals import Refused


class CaseBatch(models.Model):
    """Several cases changed at once: a file brought in, or an action on chosen rows."""

    class Action(models.TextChoices):
        IMPORT = "import", "imported"
        APPROVE = "approve", "approved"
        RETIRE = "retire", "retired"
        TAG = "tag", "tagged"
        UNTAG = "untag", "untagged"
        OWN = "own", "given an owner"
        FLAKY = "flaky", "marked flaky"
        STEADY = "steady", "no longer marked flaky"
        MOVE = "move", "moved"
        COPY = "copy", "copied"

    class Status(models.TextChoices):
        WAITING = "waiting", "waits for a yes"
        DONE = "done"
        UNDONE = "undone"

    suite = models.ForeignKey(Suite, models.CASCADE, related_name="batches")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DONE)
    action = models.CharField(max_length=10, choices=Action.choices)
    note = models.CharField(max_length=300, blank=True, help_text="The file, tag, owner or suite.")
    entries = models.JSONField(
        default=list, blank=True, help_text="Of a file that waits for a yes: its cases, masked."
    )
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.note}".strip()

    def begin(self, at: datetime) -> None:
        """Take the right to bring in the file that waits; refused when somebody had it."""
        rows = CaseBatch.objects.filter(pk=self.pk, status=self.Status.WAITING)
        if not rows.update(status=self.Status.DONE, entries=[], at=at):
            raise Refused("This file was brought in or put aside already.")
        self.status, self.entries, self.at = self.Status.DONE, [], at

    def mark_undone(self, at: datetime, by: User | None) -> None:
        """Take the right to undo it, by one conditional UPDATE; refused when somebody had it."""
        rows = CaseBatch.objects.filter(pk=self.pk, status=self.Status.DONE)
        if not rows.update(status=self.Status.UNDONE, undone_at=at, undone_by=by):
            raise Refused("This has been undone already.")
        self.status, self.undone_at, self.undone_by = self.Status.UNDONE, at, by


class CaseChange(models.Model):
    """One change of a case: what it was and what it became. Written once, never edited."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="changes")
    batch = models.ForeignKey(CaseBatch, models.CASCADE, null=True, related_name="changes")
    before = models.JSONField(default=dict, help_text="Fields that differ; empty: the case is new.")
    after = models.JSONField(default=dict)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.case}: {', '.join(self.after)}"
