"""Releases and the steps of their life: each atomic, on record, and refused from a wrong status."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models, transaction

from accounts.audit import record
from accounts.members import membership
from accounts.models import ApiKey, Role, User
from context.editing.variables import unknown_variables
from context.models.publications import Publication
from context.models.release_status import UNFROZEN, ReleaseStatus
from context.models.rollouts import Rollout
from context.models.webhooks import Event
from context.refusals import (
    ChecksMissing,
    EmptyPrompt,
    OverrideRefused,
    SameContent,
    UnknownVariables,
    WrongStatus,
)
from context.releases.content import content_hash, content_of
from context.webhooks.announcements import announce


class Release(models.Model):
    """One numbered state of everything the agent is told: prompt, settings and documents.

    A draft may be edited; from `submit()` on the content is frozen under its hash.
    """

    Status = ReleaseStatus

    agent = models.ForeignKey("context.Agent", models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    status = models.CharField(
        max_length=10, choices=ReleaseStatus.choices, default=ReleaseStatus.DRAFT
    )
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children"
    )
    prompt = models.TextField()
    settings = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "number"], name="release_numbers_are_unique"),
            models.UniqueConstraint(
                fields=["agent"],
                condition=models.Q(status=ReleaseStatus.LIVE),
                name="one_live_release_per_agent",
            ),
            models.UniqueConstraint(
                fields=["agent", "content_hash"],
                condition=~models.Q(status__in=UNFROZEN),
                name="frozen_content_is_one_release",
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.number}"

    @property
    def is_draft(self) -> bool:
        """Whether the content may still be edited."""
        return self.status == ReleaseStatus.DRAFT

    @property
    def unfrozen(self) -> str:
        """Why nothing is tested or checked of it yet: `is a draft; submit it first`; else empty."""
        if self.is_draft:
            return "is a draft; submit it first"
        return "was discarded" if self.status == ReleaseStatus.DISCARDED else ""

    @property
    def may_be_published(self) -> bool:
        """Whether the status allows it; the checks may still stand against it."""
        return self.status in {ReleaseStatus.CANDIDATE, ReleaseStatus.APPROVED}

    def missing_checks(self) -> dict[str, str]:
        """The required checks that have not passed: name to "not run", or status and summary."""
        newest = {check.name: check for check in self.checks.order_by("id")}
        missing = {}
        for name in self.agent.required_checks.split():
            check = newest.get(name)
            if check is None:
                missing[name] = "not run"
            elif check.status != "passed":
                missing[name] = (
                    f"{check.status}: {check.summary}" if check.summary else check.status
                )
        return missing

    @transaction.atomic
    def submit(self, at: datetime, by: User | None = None, api_key: ApiKey | None = None) -> None:
        """Freeze a draft's content and make it a candidate; a rejected release may try again.

        Raises EmptyPrompt, UnknownVariables, SameContent (another release holds this content) and
        WrongStatus.
        """
        self.agent.hold()
        content = content_of(self)
        if not content.prompt.strip():
            raise EmptyPrompt
        if unknown := unknown_variables(content.prompt, content.settings):
            raise UnknownVariables(unknown)
        digest = content_hash(content)
        frozen = Release.objects.filter(agent=self.agent, content_hash=digest)
        if same := frozen.exclude(status__in=UNFROZEN).exclude(pk=self.pk).first():
            raise SameContent(same.number)
        self._move(
            "submitted",
            {ReleaseStatus.DRAFT, ReleaseStatus.REJECTED},
            status=ReleaseStatus.CANDIDATE,
            content_hash=digest,
            submitted_at=at,
        )
        self._note("release.submitted", at, by, api_key)

    def discard(self, at: datetime, by: User | None, reason: str) -> None:
        """The row's part of `editing.discarding.discard`: a draft is set aside, content and all."""
        self._move(
            "discarded",
            {ReleaseStatus.DRAFT},
            status=ReleaseStatus.DISCARDED,
            decided_by=by,
            decided_at=at,
            decision_reason=reason,
        )

    def bring_back(self) -> None:
        """The row's part of `editing.discarding.bring_back`: it is a draft again."""
        self._move(
            "brought back",
            {ReleaseStatus.DISCARDED},
            status=ReleaseStatus.DRAFT,
            decided_by=None,
            decided_at=None,
            decision_reason="",
        )

    @transaction.atomic
    def approve(
        self, at: datetime, by: User | None, reason: str = "", api_key: ApiKey | None = None
    ) -> None:
        """Say that a candidate may go live."""
        self._decide("approved", ReleaseStatus.APPROVED, at, by, reason)
        self._note("release.approved", at, by, api_key, reason)

    @transaction.atomic
    def reject(
        self, at: datetime, by: User | None, reason: str, api_key: ApiKey | None = None
    ) -> None:
        """Say that a candidate, approved or not, does not go live, and why. Its rollout stops."""
        self.agent.hold()
        self._decide("rejected", ReleaseStatus.REJECTED, at, by, reason)
        for rollout in self.rollouts.open():
            rollout.stop(at, by, f"{self} was rejected: {reason}", api_key)
        self._note("release.rejected", at, by, api_key, reason)

    @transaction.atomic
    def publish(
        self,
        at: datetime,
        by: User | None = None,
        override_reason: str = "",
        api_key: ApiKey | None = None,
    ) -> None:
        """Make this the live release and retire the one that was; publishing a candidate approves
        it.

        Raises WrongStatus, ChecksMissing, and OverrideRefused when somebody other than an admin
        gives an `override_reason` for missing checks.
        """
        self.agent.hold()
        self._require("published", {ReleaseStatus.CANDIDATE, ReleaseStatus.APPROVED})
        missing = self.missing_checks()
        if missing and not override_reason.strip():
            raise ChecksMissing(str(self), missing)
        if missing and not self._is_admin(by):
            raise OverrideRefused
        if self.status == ReleaseStatus.CANDIDATE:
            self._decide("approved", ReleaseStatus.APPROVED, at, by, override_reason)
        detail = f"without {', '.join(missing)}: {override_reason}" if missing else ""
        self._go_live(at, by, {ReleaseStatus.APPROVED}, api_key, reason=detail)
        self._note("release.published", at, by, api_key, detail)
        self._tell(Event.PUBLISHED, at, by, detail)

    @transaction.atomic
    def republish(
        self, at: datetime, by: User | None, reason: str = "", api_key: ApiKey | None = None
    ) -> None:
        """Make a retired release live again, without new checks: the step of a rollback."""
        self.agent.hold()
        self._go_live(at, by, {ReleaseStatus.RETIRED}, api_key, reason=reason, rollback=True)
        self._note("release.rolled_back", at, by, api_key, reason)
        self._tell(Event.ROLLED_BACK, at, by, reason)

    def _go_live(
        self,
        at: datetime,
        by: User | None,
        needed: set[ReleaseStatus],
        api_key: ApiKey | None,
        *,
        reason: str,
        rollback: bool = False,
    ) -> None:
        """Retire the live release, end a rollout beside it, and begin this one's publication."""
        self._require("published", needed)
        for rollout in Rollout.objects.open().filter(agent=self.agent):
            rollout.end_for(self, at, by, api_key)
        live = Release.objects.filter(agent=self.agent, status=ReleaseStatus.LIVE)
        live.update(status=ReleaseStatus.RETIRED, retired_at=at)
        running = Publication.objects.filter(release__agent=self.agent, ended_at=None)
        running.update(ended_at=at)
        self._move(
            "published",
            needed,
            status=ReleaseStatus.LIVE,
            published_by=by,
            published_at=at,
            retired_at=None,
        )
        self.publications.create(
            started_at=at,
            by=by,
            reason=reason,
            rollback=rollback,
            # How it will be judged is fixed here, before anything is known of what it does.
            primary_figure=self.agent.impact_figure,
            days_after=7 * self.agent.impact_weeks,
        )

    def _decide(
        self, step: str, status: ReleaseStatus, at: datetime, by: User | None, reason: str
    ) -> None:
        """Approve or reject: status, who, when and why in one UPDATE."""
        rejecting = status == ReleaseStatus.REJECTED
        needed = {ReleaseStatus.CANDIDATE} | ({ReleaseStatus.APPROVED} if rejecting else set())
        self._move(
            step, needed, status=status, decided_by=by, decided_at=at, decision_reason=reason
        )

    def _require(self, step: str, needed: set[ReleaseStatus]) -> None:
        """Refuse the step unless the stored status is one of `needed`."""
        self.refresh_from_db(fields=["status"])
        if self.status not in needed:
            raise WrongStatus(str(self), step, self.status, needed)

    def _move(self, step: str, needed: set[ReleaseStatus], **columns: Any) -> None:
        """Write the columns if the stored status is one of `needed`, in one conditional UPDATE."""
        rows = Release.objects.filter(pk=self.pk, status__in=needed)
        if rows.update(**columns) != 1:
            self._require(step, needed)
        for name, value in columns.items():
            setattr(self, name, value)

    def _note(
        self, action: str, at: datetime, by: User | None, api_key: ApiKey | None, detail: str = ""
    ) -> None:
        """Write the step to the audit trail."""
        subject = f"{self} of {self.agent.slug}"
        record(
            self.agent.workspace, action, subject, at=at, user=by, api_key=api_key, detail=detail
        )

    def _tell(self, event: Event, at: datetime, by: User | None, reason: str) -> None:
        """Tell webhooks which release is live now."""
        payload = {"number": self.number, "content_hash": self.content_hash, "note": self.note}
        payload |= {"by": by.username if by else None, "reason": reason}
        announce(self.agent, event, payload, at)

    def _is_admin(self, user: User | None) -> bool:
        """Whether the user is an admin of the agent's workspace."""
        member = membership(user, self.agent.workspace) if user else None
        return member is not None and member.may(Role.ADMIN)
