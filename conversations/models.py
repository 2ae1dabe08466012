"""What customers, the AI agent and people said to each other, and what became of it."""

from datetime import datetime
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import User
from context.models import Agent, Arm, Proposal, Release, Rollout
from llm.states import WorkState


class Outcome(models.TextChoices):
    """The exclusive outcome of a conversation, derived by `conversations.outcome.derive`."""

    PENDING = "pending"
    IGNORED = "ignored"
    HANDED_OVER = "handed_over", "handed over"
    SNOOZE_OPEN = "snooze_open", "waiting for the customer"
    SNOOZE_SILENT_CLOSE = "snooze_silent_close", "closed after silence"
    AI_RESOLVED = "ai_resolved", "resolved by the AI"
    HUMAN_FINISHED = "human_finished", "finished by a person"
    NO_AI = "no_ai", "no AI"


class Conversation(models.Model):
    """A ticket. The signals are the times they were first seen; empty means never."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="conversations")
    release = models.ForeignKey(
        Release, models.SET_NULL, null=True, blank=True, related_name="conversations"
    )
    rollout = models.ForeignKey(
        Rollout,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="conversations",
        help_text="Which ran when it was opened.",
    )
    arm = models.CharField(
        max_length=4,
        choices=Arm.choices,
        blank=True,
        help_text="The side its customer is on, whichever release answered; empty: no reference.",
    )
    source = models.CharField(max_length=50)
    external_id = models.CharField(max_length=200)
    channel = models.CharField(max_length=50, blank=True)
    topic = models.CharField(max_length=100, blank=True)
    question = models.TextField(
        blank=True, help_text="What the customer asked, in one line, as the newest review has it."
    )
    judge_passed = models.BooleanField(
        null=True, help_text="What the newest finished review says; empty: not reviewed."
    )
    language = models.CharField(max_length=20, blank=True)
    tier = models.CharField(max_length=10, blank=True)
    customer_ref = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=list, blank=True)
    opened_at = models.DateTimeField()
    opened_on = models.DateField(help_text="Day of opened_at in the workspace's time zone.")
    closed_at = models.DateTimeField(null=True, blank=True)
    last_message_at = models.DateTimeField()
    message_count = models.PositiveIntegerField(default=0)

    spam = models.BooleanField(default=False, help_text="Counted in no figure.")
    processing = models.BooleanField(default=False)
    ai_answered_at = models.DateTimeField(null=True, blank=True)
    ai_snoozed_at = models.DateTimeField(null=True, blank=True)
    ai_handed_over_at = models.DateTimeField(null=True, blank=True)
    ai_closed_at = models.DateTimeField(null=True, blank=True)
    ai_ignored_at = models.DateTimeField(null=True, blank=True)
    human_replied_at = models.DateTimeField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    customer_returned_at = models.DateTimeField(
        null=True, blank=True, help_text="First customer message after the first snooze."
    )
    outcome = models.CharField(max_length=20, choices=Outcome.choices, default=Outcome.PENDING)
    facts_gathered = models.BooleanField(
        null=True, help_text="Handed over with its topic's required facts gathered; empty: unknown."
    )

    sources = models.JSONField(
        default=list, blank=True, help_text="Slugs of the documents that its answers rest on."
    )

    csat_score = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    csat_scored_at = models.DateTimeField(null=True, blank=True)
    survey_sent_at = models.DateTimeField(null=True, blank=True)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    warnings = models.JSONField(
        default=list, blank=True, help_text="What was odd in the input and how it was read."
    )
    digest = models.CharField(
        max_length=64, help_text="Of the payload last stored, to skip repeats."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "source", "external_id"],
                name="conversation_is_unique_in_its_source",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["agent", "-opened_at", "-id"], name="conversation_by_opening"),
            models.Index(fields=["agent", "opened_on"], name="conversation_by_day"),
            models.Index(fields=["agent", "last_message_at"], name="conversation_by_activity"),
            models.Index(fields=["agent", "customer_ref"], name="conversation_by_customer"),
            models.Index(  # of an external id's beginning, whatever the database's locale
                fields=["agent", "external_id"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="conversation_by_external_id",
            ),
            models.Index(
                fields=["rollout", "customer_ref", "opened_at"],
                condition=models.Q(rollout__isnull=False),
                name="conversation_of_a_rollout",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"


class Author(models.TextChoices):
    """Who wrote a message."""

    CUSTOMER = "customer"
    AI = "ai", "AI"
    HUMAN = "human"
    SYSTEM = "system"
    TOOL = "tool"


class Message(models.Model):
    """One message. `position` is its place in the order of sending."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    external_id = models.CharField(max_length=200)
    position = models.PositiveIntegerField()
    author = models.CharField(max_length=10, choices=Author.choices)
    public = models.BooleanField(default=True)
    text = models.TextField(blank=True)
    sent_at = models.DateTimeField()
    sources = models.JSONField(
        default=list, blank=True, help_text="Slugs of the documents that the AI's message rests on."
    )

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "external_id"],
                name="message_is_unique_in_its_conversation",
            )
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:40]}"


class HandoverBrief(models.Model):
    """What a person needs to take over: made for every conversation that was handed over. A work
    row.
    """

    class Tier(models.TextChoices):
        L2 = "L2"
        L3 = "L3"

    class Rating(models.TextChoices):
        USEFUL = "useful"
        INCOMPLETE = "incomplete"
        WRONG = "wrong"

    conversation = models.OneToOneField(Conversation, models.CASCADE, related_name="brief")
    release = models.ForeignKey(Release, models.SET_NULL, null=True, related_name="+")
    customer = models.CharField(max_length=200, blank=True)
    wants = models.TextField(blank=True)
    facts = models.JSONField(default=list, blank=True, help_text="[{name, value, message}]")
    missing_facts = models.JSONField(default=list, blank=True)
    tried = models.TextField(blank=True)
    promised = models.TextField(blank=True)
    reason_code = models.CharField(max_length=50, blank=True)
    tier = models.CharField(max_length=2, choices=Tier.choices, default=Tier.L2)
    tier_reason = models.TextField(blank=True)
    mood = models.CharField(max_length=10, blank=True)
    risks = models.JSONField(default=list, blank=True)
    next_step = models.TextField(blank=True)
    draft_reply = models.TextField(blank=True)
    rating = models.CharField(max_length=10, choices=Rating.choices, blank=True)
    rating_note = models.TextField(blank=True)
    rated_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    rated_at = models.DateTimeField(null=True, blank=True)

    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    claimed_by = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    model = models.CharField(max_length=100, blank=True)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "lease_until"], name="brief_work")]

    def __str__(self) -> str:
        return f"brief of {self.conversation}"

    def rate(self, rating: str, note: str, *, by: User, at: datetime) -> None:
        """Note what the person who took over thinks of it; a later rating replaces it."""
        self.rating, self.rating_note, self.rated_by, self.rated_at = rating, note, by, at
        self.save(update_fields=["rating", "rating_note", "rated_by", "rated_at"])


class FactCapture(models.Model):
    """The search for a new fact in how people solved one handed-over conversation. A work row."""

    conversation = models.OneToOneField(Conversation, models.CASCADE, related_name="fact_capture")
    proposal = models.ForeignKey(Proposal, models.SET_NULL, null=True, related_name="captures")
    note = models.CharField(max_length=200, blank=True, help_text="Why nothing was proposed.")
    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    claimed_by = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    model = models.CharField(max_length=100, blank=True)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "lease_until"], name="capture_work")]

    def __str__(self) -> str:
        return f"capture from {self.conversation}"
