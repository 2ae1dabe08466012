"""The weekly report as it was told, whom it is mailed to, and what became of every letter."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.core import signing
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from context.models.agents import Agent
from context.models.alerts import Alert
from llm.states import WorkState

UNSUBSCRIBE_SALT = "report.unsubscribe"


class WeeklyReport(models.Model):
    """What was told of one week. Never edited: when a provisional week has become final, a new
    version says what changed.

    `data` holds the numbers the sentences are made of (`agentops.report.content.ReportData`): a
    frozen document of nested lists that is only ever read whole, hence one JSON column.
    """

    class Status(models.TextChoices):
        PROVISIONAL = "provisional"
        FINAL = "final"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="weekly_reports")
    monday = models.DateField()
    version = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=11, choices=Status.choices)
    data = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-monday", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "monday", "version"], name="report_versions_are_unique"
            )
        ]

    def __str__(self) -> str:
        return f"report of {self.week}, version {self.version}"

    @property
    def week(self) -> str:
        """`2026-W47`."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def is_provisional(self) -> bool:
        """Whether a final version is still to come."""
        return self.status == self.Status.PROVISIONAL


class ReportRecipient(models.Model):
    """An address that gets the weekly report, the alerts, or both; it can leave by itself."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="report_recipients")
    address = models.EmailField()
    weekly = models.BooleanField(default=True)
    alerts = models.BooleanField(default=False)
    added_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField()
    unsubscribed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["address"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "address"], name="one_recipient_per_agent_and_address"
            )
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def token(self) -> str:
        """What the link to unsubscribe carries: signed, so that nobody can remove another."""
        return signing.dumps(self.pk, salt=UNSUBSCRIBE_SALT)

    @classmethod
    def of_token(cls, token: str) -> "ReportRecipient | None":
        """The recipient a link was made for, if it is one of ours and they are still listed."""
        try:
            pk = signing.loads(token, salt=UNSUBSCRIBE_SALT)
        except signing.BadSignature:
            return None
        return cls.objects.select_related("agent__workspace").filter(pk=pk).first()

    def unsubscribe(self, at: datetime) -> None:
        """Send nothing more; the row stays, so that nobody adds the address again unawares."""
        ReportRecipient.objects.filter(pk=self.pk, unsubscribed_at=None).update(unsubscribed_at=at)


class MailDeliveryQuerySet(models.QuerySet["MailDelivery"]):
    """Queries over letters."""

    def of(self, agent: Agent) -> Self:
        """Those about an agent."""
        return self.filter(Q(report__agent=agent) | Q(alert__agent=agent))

    def with_subjects(self) -> Self:
        """With what they are about, the newest first."""
        return self.select_related("report", "alert").defer("report__data").order_by("-id")


class MailDelivery(models.Model):
    """One letter to one address: the row exists before anything is sent, and is sent once.

    A worker that is lost while sending leaves its letter `failed`: nobody knows whether it arrived,
    and nothing is sent twice unless a person asks.
    """

    LEASE: ClassVar = timedelta(minutes=10)
    WAITS: ClassVar = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))

    report = models.ForeignKey(
        WeeklyReport, models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    alert = models.ForeignKey(
        Alert, models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    recipient = models.ForeignKey(ReportRecipient, models.SET_NULL, null=True, related_name="+")
    address = models.EmailField()
    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = MailDeliveryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "mail deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["report", "address"], name="a_report_goes_to_an_address_once"
            ),
            models.UniqueConstraint(
                fields=["alert", "address"], name="an_alert_goes_to_an_address_once"
            ),
            models.CheckConstraint(
                condition=Q(report=None, alert__isnull=False) | Q(report__isnull=False, alert=None),
                name="a_letter_is_about_a_report_or_an_alert",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "lease_until"], name="mail_that_waits"),
        ]

    def __str__(self) -> str:
        return f"{self.report or self.alert} to {self.address}: {self.state}"

    def take(self, now: datetime) -> bool:
        """Hold the letter for one attempt, unless somebody else does or it has to wait."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        rows = MailDelivery.objects.filter(free, pk=self.pk, state=WorkState.PENDING)
        until = now + self.LEASE
        if not rows.update(state=WorkState.WORKING, lease_until=until, attempts=F("attempts") + 1):
            return False
        self.refresh_from_db()
        return True

    def sent(self, at: datetime) -> None:
        """The server has accepted it."""
        self._leave(state=WorkState.DONE, sent_at=at, lease_until=None, error="")

    def skip(self, why: str) -> None:
        """It is not to be sent any more."""
        self._leave(state=WorkState.SKIPPED, lease_until=None, error=why)

    def fail(self, error: str) -> None:
        """It will not be tried again by itself."""
        self._leave(state=WorkState.FAILED, lease_until=None, error=error)

    def wait(self, error: str, now: datetime) -> None:
        """Try again later, or give up after the last of the waits."""
        if self.attempts > len(self.WAITS):
            self.fail(f"given up after {self.attempts} attempts: {error}")
            return
        later = now + self.WAITS[self.attempts - 1]
        self._leave(state=WorkState.PENDING, lease_until=later, error=error)

    def again(self) -> bool:
        """A person wants a failed letter to be tried once more."""
        failed = MailDelivery.objects.filter(pk=self.pk, state=WorkState.FAILED)
        return bool(failed.update(state=WorkState.PENDING, lease_until=None, attempts=0))

    def _leave(self, **columns: object) -> None:
        """Write the end of an attempt, if we still hold the letter."""
        held = MailDelivery.objects.filter(pk=self.pk, state=WorkState.WORKING)
        held.filter(attempts=self.attempts).update(**columns)
