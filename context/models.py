"""What an agent is told, and what each change of it did.

An `Agent` is served by exactly one live `Release` (prompt, settings, documents). `Proposal`,
`Check` and `Measurement` are slots that the apps on the left fill: ideas, evidence and daily counts.
"""

import secrets
from datetime import date, datetime
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import User, Workspace


def new_sampling_secret() -> str:
    """256 random bits in hex, from which each day's draw of the review queue is made."""
    return secrets.token_hex(32)


class Agent(models.Model):
    """The AI agent that is managed, with the settings of its management loop."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="agents")
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=50)
    language = models.CharField(max_length=10, default="en")
    review_hour = models.PositiveSmallIntegerField(default=6, validators=[MaxValueValidator(23)])
    test_weekday = models.PositiveSmallIntegerField(default=3, validators=[MaxValueValidator(6)])
    queue_capacity = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    double_review_share = models.FloatField(
        default=0.1, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    daily_budget_usd = models.DecimalField(max_digits=8, decimal_places=2, default=20)
    run_budget_usd = models.DecimalField(max_digits=8, decimal_places=2, default=10)
    regression_margin = models.FloatField(default=0.05)
    required_checks = models.CharField(
        max_length=200,
        default="regression",
        blank=True,
        help_text="Checks a release needs before it is published, separated by spaces.",
    )
    sampling_secret = models.CharField(max_length=64, default=new_sampling_secret, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "slug"], name="agent_slug_is_unique_in_its_workspace"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def budget_scope(self) -> str:
        """The name under which this agent's model spend is counted."""
        return f"agent:{self.pk}"

    def local_date(self, moment: datetime) -> date:
        """The calendar day of a moment in the workspace's time zone."""
        return moment.astimezone(self.workspace.zone).date()


class ReleaseStatus(models.TextChoices):
    """draft → candidate → approved / rejected → live → retired."""

    DRAFT = "draft"
    CANDIDATE = "candidate"
    APPROVED = "approved"
    REJECTED = "rejected"
    LIVE = "live"
    RETIRED = "retired"


class Release(models.Model):
    """One numbered state of everything the agent is told: prompt, settings and documents.

    A draft may be edited; from `submit()` on the content is frozen under its hash.
    """

    Status = ReleaseStatus

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="releases")
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
                condition=~models.Q(status=ReleaseStatus.DRAFT),
                name="frozen_content_is_one_release",
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.number}"


class Publication(models.Model):
    """A period in which a release was live. A rollback makes a second period for the same
    release.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="publications")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)
    rollback = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["started_at", "id"]

    def __str__(self) -> str:
        return f"{self.release} from {self.started_at:%Y-%m-%d}"


class Document(models.Model):
    """One topic of what the agent knows, as it stands in one release."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="documents")
    slug = models.SlugField(max_length=100)
    title = models.CharField(max_length=200)
    topic = models.CharField(max_length=100, blank=True)
    body = models.TextField()
    required_facts = models.JSONField(
        default=list, blank=True, help_text="Names of facts to gather before answering."
    )

    class Meta:
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["release", "slug"], name="document_slug_is_unique_in_its_release"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Proposal(models.Model):
    """A suggested change of context or prompt, with its evidence."""

    class Kind(models.TextChoices):
        DOCUMENT = "document"
        PROMPT = "prompt"

    class Status(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DECLINED = "declined"

    class Source(models.TextChoices):
        VERDICT = "verdict"
        CAPTURE = "capture"
        PERSON = "person"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="proposals")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.DOCUMENT)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    source = models.CharField(max_length=10, choices=Source.choices)
    topic = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=200)
    body = models.TextField(help_text="The fact or instruction as it would read in the release.")
    required_facts = models.JSONField(default=list, blank=True)
    fingerprint = models.CharField(max_length=64, help_text="Proposals of the same fact share it.")
    evidence = models.JSONField(
        default=list, blank=True, help_text="[{conversation: id, messages: [external ids]}]"
    )
    volume = models.PositiveIntegerField(default=1, help_text="Conversations it would have served.")
    failures = models.PositiveIntegerField(default=0, help_text="Of these, failed or handed over.")
    conflicts = models.JSONField(
        default=list, blank=True, help_text="[{slug, kind: duplicate|contradiction, quote}]"
    )
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)
    release = models.ForeignKey(
        Release, models.SET_NULL, null=True, blank=True, related_name="proposals"
    )

    class Meta:
        ordering: ClassVar = ["-volume", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "fingerprint"],
                condition=models.Q(status="open"),
                name="one_open_proposal_per_fact",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Check(models.Model):
    """A named pass/fail evidence on a release, as on a commit. The newest of a name counts."""

    class Status(models.TextChoices):
        PENDING = "pending"
        PASSED = "passed"
        FAILED = "failed"
        UNDECIDED = "undecided"

    release = models.ForeignKey(Release, models.CASCADE, related_name="checks")
    name = models.SlugField(max_length=50)
    status = models.CharField(max_length=10, choices=Status.choices)
    summary = models.CharField(max_length=500)
    numbers = models.JSONField(default=dict, blank=True)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.name}: {self.status}"


class Figure(models.TextChoices):
    """What is counted per day. `n` is the denominator, `total` the numerator or the sum of
    scores.
    """

    CONVERSATIONS = "conversations"
    AI_ANSWERED = "ai_answered"
    AI_SNOOZE = "ai_snooze"
    AI_HANDOVER = "ai_handover"
    AI_HANDOVER_COLD = "ai_handover_cold"
    AI_CLOSE = "ai_close"
    AI_IGNORE = "ai_ignore"
    AI_RESOLVED = "ai_resolved"
    HUMAN_RESOLVED = "human_resolved"
    ASSISTED = "assisted"
    REOPENED = "reopened"
    SNOOZE_RESOLVED = "snooze_resolved"
    SNOOZE_HANDED_OVER = "snooze_handed_over"
    SNOOZE_SILENT = "snooze_silent"
    SURVEYED = "surveyed"
    CSAT = "csat"
    CSAT_AI = "csat_ai"
    CSAT_MIXED = "csat_mixed"
    CSAT_HUMAN = "csat_human"
    JUDGE_PASSED = "judge_passed"
    COST = "cost"


class Measurement(models.Model):
    """One day's count of one figure for one segment (release, topic, channel)."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="measurements")
    release = models.ForeignKey(Release, models.CASCADE, null=True, related_name="measurements")
    date = models.DateField(help_text="Day of the conversation's start in the workspace's zone.")
    topic = models.CharField(max_length=100, blank=True)
    channel = models.CharField(max_length=50, blank=True)
    figure = models.CharField(max_length=20, choices=Figure.choices)
    n = models.PositiveIntegerField()
    total = models.FloatField()
    total_squares = models.FloatField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "date", "figure", "release", "topic", "channel"],
                name="one_measurement_per_day_and_segment",
                nulls_distinct=False,
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["agent", "figure", "date"], name="measurement_by_figure")
        ]

    def __str__(self) -> str:
        return f"{self.figure} on {self.date}: {self.total}/{self.n}"


class Impact(models.Model):
    """What one release did to one figure, as computed at one time; a later computation is a new
    row.
    """

    class Verdict(models.TextChoices):
        IMPROVED = "improved"
        REGRESSED = "regressed"
        NO_CLEAR_CHANGE = "no_clear_change", "no clear change"
        CANNOT_TELL_YET = "cannot_tell_yet", "cannot tell yet"

    release = models.ForeignKey(Release, models.CASCADE, related_name="impacts")
    figure = models.CharField(max_length=20, choices=Figure.choices)
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    method = models.CharField(max_length=50)
    before = models.FloatField(null=True)
    after = models.FloatField(null=True)
    difference = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n_before = models.PositiveIntegerField(default=0)
    n_after = models.PositiveIntegerField(default=0)
    days_before = models.PositiveSmallIntegerField(default=0)
    days_after = models.PositiveSmallIntegerField(default=0)
    provisional = models.BooleanField(default=True)
    reason = models.CharField(max_length=300, blank=True)
    computed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-computed_at", "-id"]

    def __str__(self) -> str:
        return f"{self.release}: {self.figure} {self.verdict}"


class ScheduledRun(models.Model):
    """That a scheduled piece of work was started for one period; its uniqueness makes two beats
    harmless.
    """

    class State(models.TextChoices):
        STARTED = "started"
        DONE = "done"
        FAILED = "failed"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="scheduled_runs")
    schedule = models.CharField(max_length=30)
    period = models.CharField(max_length=20, help_text="2026-11-23 or 2026-W48")
    state = models.CharField(max_length=10, choices=State.choices, default=State.STARTED)
    attempts = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "schedule", "period"], name="one_run_per_schedule_and_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.schedule} {self.period}"
