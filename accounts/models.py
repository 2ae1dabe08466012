"""Who may see and do what: workspaces, their members with roles, API keys, and the audit trail."""

import hashlib
import secrets
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models


class User(AbstractUser):
    """A person who can log in. What they may do is decided by their memberships alone."""


def validate_time_zone(value: str) -> None:
    """Refuse a time zone that this machine's tz database does not know."""
    if value not in available_timezones():
        raise ValidationError(f"{value!r} is not a time zone name such as Europe/Berlin.")


RESERVED = {
    "admin", "api", "design", "healthz", "login", "logout", "static", "theme", "unsubscribe",
}  # fmt: skip


def validate_workspace_slug(value: str) -> None:
    """Refuse a slug whose pages another address of the product would hide."""
    if value in RESERVED:
        raise ValidationError(f"{value!r} is an address of the product itself; choose another.")


class Workspace(models.Model):
    """A brand. Nothing in one workspace is ever visible from another."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=50, unique=True, validators=[validate_workspace_slug])
    time_zone = models.CharField(max_length=50, default="UTC", validators=[validate_time_zone])
    mask_emails = models.BooleanField(default=True)
    mask_phones = models.BooleanField(default=True)
    mask_cards = models.BooleanField(default=True)
    simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The zone that decides this workspace's days and weeks."""
        return ZoneInfo(self.time_zone)


class Branding(models.Model):
    """How a workspace's reports look: name, colour, logo and the line at their foot.

    Apart from the workspace, so that reading that never loads a picture; in the database, so that
    every machine that mails has it.
    """

    workspace = models.OneToOneField(
        Workspace, models.CASCADE, primary_key=True, related_name="branding"
    )
    name = models.CharField(max_length=60, blank=True)
    colour = models.CharField(max_length=7, blank=True, help_text="#rrggbb")
    footer = models.CharField(max_length=200, blank=True)
    logo = models.BinaryField(null=True, blank=True, help_text="PNG")

    def __str__(self) -> str:
        return self.name or self.workspace.name


class Role(models.TextChoices):
    """Roles, weakest first: each may do all that the ones before it may."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    MANAGER = "manager"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Position in the order viewer < reviewer < manager < admin."""
        return list(Role).index(self)


class Member(models.Model):
    """A user's role in one workspace."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "user"], name="one_membership_per_user_and_workspace"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    def may(self, role: Role | str) -> bool:
        """Whether this member has at least the given role."""
        return Role(self.role).rank >= Role(role).rank


class Scope(models.TextChoices):
    """What an API key may do; a key holds any set of these."""

    READ = "read", "read everything in the workspace"
    INGEST = "ingest", "write conversations and webhooks"
    RELEASES = (
        "releases",
        "push, submit, publish and roll back releases; run suites; decide proposals",
    )
    REVIEW = "review", "work the review queue"
    RULES = "rules", "change what the gate asks of releases"
    WEBHOOKS = "webhooks", "decide where events are sent, and read what was"


class ApiKey(models.Model):
    """A workspace's key for REST clients. Only its hash is kept; the key itself is shown once.

    256 random bits need no slow hash: SHA-256 of the key is what is stored and looked up.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.CharField(max_length=200, help_text="Scopes separated by spaces, as in OAuth.")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def digest_of(key: str) -> str:
        """The SHA-256 hex digest under which a key is stored."""
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def issue(
        cls, workspace: Workspace, name: str, scopes: list[str], by: User | None
    ) -> tuple["ApiKey", str]:
        """Make a key and return it with its secret, which cannot be read again.

        Raises ValidationError for a scope that does not exist.
        """
        if unknown := set(scopes) - set(Scope.values):
            raise ValidationError(f"Unknown scope: {', '.join(sorted(unknown))}.")
        secret = f"ao_{secrets.token_urlsafe(32)}"
        key = cls.objects.create(
            workspace=workspace,
            name=name,
            prefix=secret[:10],
            digest=cls.digest_of(secret),
            scopes=" ".join(sorted(scopes)),
            created_by=by,
        )
        return key, secret

    def has_scope(self, scope: str) -> bool:
        """Whether this key may do what the scope names."""
        return scope in self.scopes.split()

    def revoke(self, at: datetime) -> None:
        """End the key; it stays in the list, so that the trail names it."""
        self.revoked_at = at
        self.save(update_fields=["revoked_at"])


class AuditEntry(models.Model):
    """Who did what to which object, when. Written once, never edited."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="audit_entries")
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=50, help_text="A verb phrase: release.published")
    subject = models.CharField(max_length=200, help_text="What it was done to: release 7 of ada")
    detail = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [models.Index(fields=["workspace", "-at"], name="audit_by_time")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    @property
    def words(self) -> str:
        """The action for people: "Release published" for release.published."""
        return self.action.replace(".", " ").replace("_", " ").capitalize()


class IdempotentRequest(models.Model):
    """The stored answer to a POST with an `Idempotency-Key`, so that a repeat gets the same
    answer.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty while in progress.")
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "key"], name="one_answer_per_idempotency_key"
            )
        ]

    def __str__(self) -> str:
        return self.key
