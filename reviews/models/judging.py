"""What the judge said: its versions, its reviews with their quotes, and the flags they raise."""

from typing import ClassVar

from django.db import models

from context.models import Agent
from conversations.models import Conversation
from llm.models import ModelBatch
from llm.states import Route, WorkState
from reviews.models.runs import ReviewRun
from reviews.models.scorecards import Criterion, Grade, Scorecard


class JudgeVersion(models.Model):
    """The judge as an instrument: model, prompt and settings under one hash. A change is a new
    version.
    """

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="judge_versions")
    number = models.PositiveIntegerField()
    model = models.CharField(max_length=100)
    prompt_hash = models.CharField(max_length=64)
    instructions_hash = models.CharField(
        max_length=64, blank=True, help_text="Empty for versions made before it was kept."
    )
    temperature = models.FloatField(null=True)
    max_output_tokens = models.PositiveIntegerField(null=True)
    transcript_characters = models.PositiveIntegerField(null=True)
    instruction_characters = models.PositiveIntegerField(null=True)
    traps = models.ForeignKey(
        "reviews.TrapList",
        models.RESTRICT,
        null=True,
        related_name="judge_versions",
        help_text="The errors its prompt quotes.",
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "number"], name="judge_version_numbers_are_unique"
            ),
            models.UniqueConstraint(
                fields=["agent", "model", "prompt_hash"], name="judge_versions_are_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number} ({self.model})"

    @property
    def is_taught(self) -> bool:
        """Whether its prompt quotes labels of people: then only the other half measures it."""
        return self.traps_id is not None


class Review(models.Model):
    """The judge's review of one conversation. A work row: an answer that does not parse leaves
    it failed and unscored.
    """

    class Severity(models.TextChoices):
        NONE = "none"
        MINOR = "minor"
        MAJOR = "major"
        CRITICAL = "critical"

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="reviews")
    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="reviews")
    judge = models.ForeignKey(JudgeVersion, models.CASCADE, related_name="reviews")
    run = models.ForeignKey(ReviewRun, models.RESTRICT, related_name="reviews")
    day = models.DateField(help_text="The day on which the conversation ended or went quiet.")
    score = models.FloatField(
        null=True, help_text="0–100, computed from the criteria; empty: unscored."
    )
    passed = models.BooleanField(null=True, help_text="No critical criterion failed.")
    grade = models.PositiveSmallIntegerField(null=True, help_text="The judge's 1–5.")
    severity = models.CharField(max_length=10, choices=Severity.choices, blank=True)
    root_cause = models.CharField(max_length=40, blank=True)
    question = models.CharField(max_length=300, blank=True)
    missing_fact = models.TextField(blank=True)
    partial_view = models.BooleanField(default=False, help_text="The transcript was cut.")

    route = models.CharField(max_length=5, choices=Route.choices, default=Route.LIVE)
    batch = models.ForeignKey(
        ModelBatch,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="reviews",
        help_text="The batch that had it last.",
    )
    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    claimed_by = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    latency_ms = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "scorecard", "judge"],
                name="one_review_per_conversation_scorecard_and_judge",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "lease_until"], name="review_work"),
            models.Index(fields=["day"], name="review_by_day"),
        ]

    def __str__(self) -> str:
        return f"review of {self.conversation}"

    @property
    def cause(self) -> str:
        """The root cause in words."""
        return self.root_cause.replace("_", " ")


class CriterionResult(models.Model):
    """The judge's answer to one criterion, with the quote it rests on."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="results")
    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=4, choices=Grade.choices)
    message_external_id = models.CharField(max_length=200, blank=True)
    quote = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    verified = models.BooleanField(help_text="The quote stands verbatim in the message.")

    class Meta:
        ordering: ClassVar = ["criterion__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["review", "criterion"], name="one_result_per_review_and_criterion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.verdict}"


class Flag(models.Model):
    """Why a conversation needs a person."""

    class Kind(models.TextChoices):
        CRITICAL = "critical", "failed a critical criterion"
        LOW_CSAT = "low_csat", "CSAT 2 or lower"
        REOPENED = "reopened", "reopened after the AI closed it"
        ANGRY = "angry", "angry and not handed over"
        LEGAL = "legal", "legal or safety words"
        UNVERIFIED = "unverified", "a quote of the judge is not there"
        CONTRADICTED = "contradicted", "the judge is contradicted by what is on record"

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="flags")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    detail = models.CharField(max_length=300, blank=True)
    urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "kind"], name="one_flag_of_a_kind_per_conversation"
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
