"""Staged rollouts: a release answers a share of the customers, beside the live one.

There is still exactly one live release: the rollout's release stays approved until it is published.
"""

import secrets
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction

from accounts.audit import record
from accounts.models import ApiKey, User
from context.models.webhooks import Event
from context.refusals import ShareNotRaised, WrongStatus
from context.rollouts.assignment import is_reached
from context.webhooks.announcements import announce

LEAST_SHARE, MOST_SHARE = 10, 50  # outside of them one arm is too small to tell anything in time


class Arm(models.TextChoices):
    """The two sides of a rollout; a customer is on one of them for as long as it runs."""

    NEW = "new", "new release"
    LIVE = "live", "live release"


class RolloutQuerySet(models.QuerySet["Rollout"]):
    """Rollouts by what they are doing."""

    def open(self) -> Self:
        """Running or paused: an agent has one at most."""
        return self.filter(status__in=Rollout.OPEN)


class Rollout(models.Model):
    """A release that is tried on a share of the customers, for a number of days fixed at its start.

    Neither share nor salt ever change: a larger share is a new rollout with the same salt, so that
    customers stay where they are and each analysis has one share.
    """

    class Status(models.TextChoices):
        RUNNING = "running"
        PAUSED = "paused"
        STOPPED = "stopped"
        RAISED = "raised", "share raised"
        PROMOTED = "promoted"
        REPLACED = "replaced"

    class Days(models.IntegerChoices):
        WEEK = 7, "7 days"
        FORTNIGHT = 14, "14 days"

    OPEN: ClassVar = (Status.RUNNING, Status.PAUSED)

    agent = models.ForeignKey("context.Agent", models.CASCADE, related_name="rollouts")
    release = models.ForeignKey("context.Release", models.CASCADE, related_name="rollouts")
    baseline = models.ForeignKey(
        "context.Release", models.CASCADE, related_name="+", help_text="Live when it started."
    )
    share = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(LEAST_SHARE), MaxValueValidator(MOST_SHARE)],
        help_text="Percent of the customers that the new release answers.",
    )
    days = models.PositiveSmallIntegerField(choices=Days.choices)
    salt = models.CharField(max_length=32)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    previous = models.OneToOneField(
        "self", models.SET_NULL, null=True, related_name="next", help_text="With a smaller share."
    )
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)
    guardrails = models.CharField(
        max_length=200, help_text="Figures that stop it when it harms them, as set at its start."
    )
    primary_figure = models.CharField(
        max_length=20,
        default="ai_resolved",
        help_text="The figure its impact is judged by, fixed at its start.",
    )
    ends_at = models.DateTimeField(
        help_text="When its planned days are over: later conversations are not counted."
    )
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    end_reason = models.TextField(blank=True)

    objects = RolloutQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent"],
                condition=models.Q(status__in=["running", "paused"]),
                name="one_open_rollout_per_agent",
            ),
            models.CheckConstraint(
                condition=models.Q(share__range=(LEAST_SHARE, MOST_SHARE)),
                name="a_rollout_reaches_10_to_50_percent",
            ),
            models.CheckConstraint(
                condition=models.Q(days__in=[7, 14]), name="a_rollout_takes_7_or_14_days"
            ),
        ]

    def __str__(self) -> str:
        return f"rollout of {self.release}"

    @staticmethod
    def new_salt() -> str:
        """128 random bits in hex: who is reached by one rollout says nothing of the next."""
        return secrets.token_hex(16)

    @property
    def is_open(self) -> bool:
        """Whether it runs or is paused."""
        return self.status in self.OPEN

    def arm_of(self, customer: str) -> Arm:
        """The side a customer is on, by their reference as it is sent."""
        return Arm.NEW if is_reached(self.salt, self.share, customer) else Arm.LIVE

    def counts_at(self, moment: datetime) -> bool:
        """Whether a conversation opened then is in the experiment."""
        end = min(self.ends_at, self.ended_at or self.ends_at)
        if not self.started_at <= moment < end:
            return False
        return not any(pause.covers(moment) for pause in self.pauses.all())

    def done_share(self, at: datetime) -> float:
        """The share of its planned days that has passed, 0 to 1; pauses do not count, nor does one
        that lasted to the end.
        """
        last = models.Q(ended_at=None) | models.Q(ended_at=self.ended_at)
        stopped = self.pauses.filter(last).values_list("started_at", flat=True).first()
        left = self.ends_at - min(moment for moment in (at, stopped, self.ended_at) if moment)
        return min(1.0, max(0.0, 1 - left / timedelta(days=self.days)))

    @transaction.atomic
    def pause(
        self, at: datetime, by: User | None, reason: str = "", api_key: ApiKey | None = None
    ) -> None:
        """Let the live release answer everybody until it is resumed."""
        self._move("paused", (self.Status.RUNNING,), status=self.Status.PAUSED)
        self.pauses.create(started_at=at, by=by, reason=reason)
        self._note("rollout.paused", at, by, api_key, reason)

    @transaction.atomic
    def resume(
        self, at: datetime, by: User | None, reason: str = "", api_key: ApiKey | None = None
    ) -> None:
        """Go on with the same customers; the planned end moves by the length of the pause."""
        self._require("resumed", (self.Status.PAUSED,))
        pause = self.pauses.get(ended_at=None)
        over = pause.started_at >= self.ends_at
        ends_at = self.ends_at if over else self.ends_at + (at - pause.started_at)
        self._move("resumed", (self.Status.PAUSED,), status=self.Status.RUNNING, ends_at=ends_at)
        self.pauses.filter(ended_at=None).update(ended_at=at)
        self._note("rollout.resumed", at, by, api_key, reason)

    @transaction.atomic
    def stop(
        self, at: datetime, by: User | None, reason: str = "", api_key: ApiKey | None = None
    ) -> None:
        """Give all customers back to the live release; the rollout's release stays approved."""
        self._end("stopped", self.Status.STOPPED, at, by, reason)
        self._note("rollout.stopped", at, by, api_key, reason)
        payload = {"number": self.release.number, "share": self.share, "reason": reason}
        payload["by"] = by.username if by else None
        announce(self.agent, Event.ROLLOUT_STOPPED, payload, at)

    @transaction.atomic
    def raise_share(
        self,
        share: int,
        at: datetime,
        by: User | None,
        reason: str = "",
        api_key: ApiKey | None = None,
    ) -> "Rollout":
        """Reach more customers: ends this rollout and starts one with the same salt and days.

        Whoever was reached stays reached. Raises ShareNotRaised unless the share is larger.
        """
        self._require("raised", (self.Status.RUNNING,))
        if not self.share < share <= MOST_SHARE:
            raise ShareNotRaised(self.share, MOST_SHARE)
        self._end("raised", self.Status.RAISED, at, by, reason)
        larger = Rollout.objects.create(
            agent=self.agent,
            release=self.release,
            baseline=self.baseline,
            share=share,
            days=self.days,
            salt=self.salt,
            guardrails=self.guardrails,
            primary_figure=self.primary_figure,
            previous=self,
            started_at=at,
            started_by=by,
            reason=reason,
            ends_at=at + timedelta(days=self.days),
        )
        detail = f"{self.share} % to {share} %. {reason}".strip()
        larger._note("rollout.raised", at, by, api_key, detail)
        return larger

    def end_for(
        self, live: models.Model, at: datetime, by: User | None, api_key: ApiKey | None
    ) -> None:
        """End it because a release goes live: its own, or another one. Call it in the transaction
        that publishes.
        """
        promoted = live == self.release
        status = self.Status.PROMOTED if promoted else self.Status.REPLACED
        self._end(str(status), status, at, by, "" if promoted else f"{live} went live.")
        self._note(f"rollout.{status}", at, by, api_key, self.end_reason)

    def _end(self, step: str, status: Status, at: datetime, by: User | None, reason: str) -> None:
        """Close it, with the pause it may be in."""
        self._move(step, self.OPEN, status=status, ended_at=at, ended_by=by, end_reason=reason)
        self.pauses.filter(ended_at=None).update(ended_at=at)

    def _require(self, step: str, needed: tuple[Status, ...]) -> None:
        """Refuse the step unless the stored status is one of `needed`; others wait until the
        transaction ends.
        """
        self.agent.hold()
        self.refresh_from_db(fields=["status", "ends_at"])
        if self.status not in needed:
            raise WrongStatus(str(self), step, self.status, needed)

    def _move(self, step: str, needed: tuple[Status, ...], **columns: object) -> None:
        """Write the columns if the stored status is one of `needed`."""
        self._require(step, needed)
        for name, value in columns.items():
            setattr(self, name, value)
        self.save(update_fields=[*columns])

    def _note(
        self, action: str, at: datetime, by: User | None, api_key: ApiKey | None, detail: str
    ) -> None:
        """Write the step to the audit trail."""
        subject, workspace = f"{self} of {self.agent.slug}", self.agent.workspace
        record(workspace, action, subject, at=at, user=by, api_key=api_key, detail=detail)
