"""Judgement: the scorecard, the judge's reviews, the day's queue, and people's verdicts."""

from typing import ClassVar

from django.db import models

from accounts.models import User, Workspace
from context.models import Agent, Proposal
from conversations.models import Conversation
from llm.states import WorkState
from testing.models import Case


class Scorecard(models.Model):
    """A version of the criteria by which an agent's conversations are judged; frozen once used."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="scorecards")
    version = models.PositiveIntegerField()
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "version"], name="scorecard_versions_are_unique"
            ),
            models.UniqueConstraint(
                fields=["agent"],
                condition=models.Q(active=True),
                name="one_active_scorecard_per_agent",
            ),
        ]

    def __str__(self) -> str:
        return f"scorecard {self.version}"


class Criterion(models.Model):
    """One question of a scorecard, answered pass, fail or not applicable."""

    class Applies(models.TextChoices):
        ALWAYS = "always"
        HANDOVER = "handover", "when handed over"

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="criteria")
    key = models.SlugField(max_length=30)
    name = models.CharField(max_length=100)
    question = models.TextField()
    weight = models.PositiveSmallIntegerField(default=0)
    critical = models.BooleanField(default=False)
    applies = models.CharField(max_length=10, choices=Applies.choices, default=Applies.ALWAYS)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scorecard", "key"], name="criterion_key_is_unique_in_its_scorecard"
            )
        ]

    def __str__(self) -> str:
        return self.name


class RootCause(models.Model):
    """A cause of failure as this workspace names it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="root_causes")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=100)
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "code"], name="root_cause_code_is_unique_in_its_workspace"
            )
        ]

    def __str__(self) -> str:
        return self.name


class JudgeVersion(models.Model):
    """The judge as an instrument: model, prompt and settings under one hash. A change is a new
    version.
    """

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="judge_versions")
    model = models.CharField(max_length=100)
    prompt_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "model", "prompt_hash"], name="judge_versions_are_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.prompt_hash[:8]}"


class Grade(models.TextChoices):
    """The answer to one criterion."""

    PASS = "pass"
    FAIL = "fail"
    NA = "na", "not applicable"


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
    answer = models.TextField(blank=True, help_text="The model's answer as it came.")

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


class Queue(models.Model):
    """The human review of one day: what was drawn, from what, and by which seed."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="queues")
    date = models.DateField(
        help_text="The day people work on it; it holds the day before's reviews."
    )
    capacity = models.PositiveSmallIntegerField()
    seed = models.CharField(max_length=64)
    population = models.PositiveIntegerField(help_text="Reviewed conversations it was drawn from.")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "date"], name="one_queue_per_agent_and_day")
        ]

    def __str__(self) -> str:
        return f"queue of {self.date}"


class Stratum(models.Model):
    """One stratum of a day's draw. Every reviewed conversation of the day is in exactly one."""

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="strata")
    name = models.CharField(max_length=12, help_text="grade-1 … grade-5, or flagged")
    size = models.PositiveIntegerField(help_text="N: conversations in it.")
    drawn = models.PositiveIntegerField(help_text="n: how many were drawn.")

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["queue", "name"], name="stratum_name_is_unique_in_its_queue"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.drawn} of {self.size}"


class QueueItem(models.Model):
    """One conversation for one person to review, with why it is here and how likely it was
    drawn.
    """

    class State(models.TextChoices):
        OPEN = "open"
        CLAIMED = "claimed"
        DONE = "done"
        SKIPPED = "skipped"

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="items")
    stratum = models.ForeignKey(Stratum, models.CASCADE, related_name="items")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="queue_items")
    slot = models.PositiveSmallIntegerField(
        default=1, help_text="2 for the second, blind reviewer."
    )
    position = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    inclusion_probability = models.FloatField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    claimed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    lease_until = models.DateTimeField(null=True, blank=True)
    skip_reason = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["position", "slot"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["queue", "conversation", "slot"], name="queue_slots_are_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(inclusion_probability__gt=0, inclusion_probability__lte=1),
                name="inclusion_probability_is_a_probability",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["queue", "state", "position"], name="queue_item_next")
        ]

    def __str__(self) -> str:
        return f"{self.conversation} in {self.queue}"


class Verdict(models.Model):
    """A person's review. It is never edited: undo withdraws it and opens the item again."""

    item = models.ForeignKey(
        QueueItem, models.CASCADE, null=True, blank=True, related_name="verdicts"
    )
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="verdicts")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="verdicts")
    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="verdicts")
    review = models.ForeignKey(Review, models.SET_NULL, null=True, related_name="verdicts")
    passed = models.BooleanField(help_text="No critical criterion failed.")
    root_cause = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    case = models.ForeignKey(Case, models.SET_NULL, null=True, blank=True, related_name="+")
    proposal = models.ForeignKey(Proposal, models.SET_NULL, null=True, blank=True, related_name="+")
    seconds = models.PositiveIntegerField(default=0, help_text="From claim to submit.")
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["item"],
                condition=models.Q(withdrawn_at=None),
                name="one_standing_verdict_per_queue_item",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["conversation"], name="verdict_by_conversation")]

    def __str__(self) -> str:
        return f"{self.reviewer}: {'pass' if self.passed else 'fail'}"


class CriterionVerdict(models.Model):
    """A person's answer to one criterion."""

    parent = models.ForeignKey(Verdict, models.CASCADE, related_name="results")
    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=4, choices=Grade.choices)
    quote = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["criterion__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["parent", "criterion"], name="one_answer_per_verdict_and_criterion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.verdict}"


class Draft(models.Model):
    """An unfinished verdict, saved as it is typed."""

    item = models.ForeignKey(QueueItem, models.CASCADE, related_name="drafts")
    reviewer = models.ForeignKey(User, models.CASCADE, related_name="+")
    data = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["item", "reviewer"], name="one_draft_per_item_and_reviewer"
            )
        ]

    def __str__(self) -> str:
        return f"draft of {self.reviewer}"
