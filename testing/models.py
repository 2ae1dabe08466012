"""Suites of cases, and runs of them against a candidate and the live release."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from context.models import Agent, Proposal, Release
from conversations.models import Conversation
from llm.states import WorkState


class Suite(models.Model):
    """A named set of cases of one kind; each agent has one suite of each kind to begin with."""

    class Kind(models.TextChoices):
        QUESTIONS = "questions", "new questions"
        CONTEXT = "context", "new context"
        REGRESSION = "regression"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="suites")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=50)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "slug"], name="suite_slug_is_unique_per_agent")
        ]

    def __str__(self) -> str:
        return self.name


class QuestionCluster(models.Model):
    """Like questions of one week that no case covers yet."""

    class Status(models.TextChoices):
        OPEN = "open"
        ADDED = "added", "made into cases"
        DISMISSED = "dismissed"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="question_clusters")
    week = models.DateField(help_text="Monday of the week.")
    name = models.CharField(max_length=200)
    topic = models.CharField(max_length=100, blank=True)
    volume = models.PositiveIntegerField()
    failures = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    examples = models.ManyToManyField(Conversation, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "week", "name"], name="cluster_name_is_unique_in_its_week"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Case(models.Model):
    """A question with what a good answer does: the action, the facts said, what must not be
    said.
    """

    class Action(models.TextChoices):
        ANSWER = "answer"
        SNOOZE = "snooze"
        HANDOVER = "handover"
        CLOSE = "close"
        IGNORE = "ignore"
        ANY = "", "any"

    class Status(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        RETIRED = "retired"

    suite = models.ForeignKey(Suite, models.CASCADE, related_name="cases")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    key = models.CharField(max_length=100, help_text="Stable name of the case in its suite.")
    question = models.TextField(help_text="What the customer asks, in one line.")
    turns = models.JSONField(
        default=list,
        blank=True,
        help_text="[{author: customer|ai, text}] up to the message to answer; empty: the question.",
    )
    expected_action = models.CharField(max_length=10, choices=Action.choices, blank=True)
    expected_facts = models.JSONField(default=list, blank=True)
    must_not = models.JSONField(default=list, blank=True)
    required_facts = models.JSONField(default=list, blank=True)
    rubric = models.TextField(blank=True)
    critical = models.BooleanField(default=False)
    tags = models.JSONField(default=list, blank=True)
    topic = models.CharField(max_length=100, blank=True)
    document_slug = models.CharField(max_length=100, blank=True)
    conversation = models.ForeignKey(
        Conversation, models.SET_NULL, null=True, blank=True, related_name="cases"
    )
    proposal = models.ForeignKey(Proposal, models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["suite", "key"], name="case_key_is_unique_in_its_suite")
        ]

    def __str__(self) -> str:
        return self.question[:80]


class Run(models.Model):
    """One run of a suite: each case asked `trials` times of the release, and of the baseline if
    there is one.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"

    suite = models.ForeignKey(Suite, models.CASCADE, related_name="runs")
    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    baseline = models.ForeignKey(Release, models.CASCADE, null=True, blank=True, related_name="+")
    trials = models.PositiveSmallIntegerField(default=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    seed = models.PositiveIntegerField(default=0)
    estimated_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    stop_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.suite} against {self.release}"


class Result(models.Model):
    """One trial of one case against one release. A work row; `passed` stays empty when it could
    not be graded.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="results")
    case = models.ForeignKey(Case, models.CASCADE, related_name="results")
    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    trial = models.PositiveSmallIntegerField()
    position = models.PositiveIntegerField(help_text="Place in the run's seeded order.")

    action = models.CharField(max_length=10, blank=True)
    reply = models.TextField(blank=True)
    sources = models.JSONField(default=list, blank=True)
    passed = models.BooleanField(null=True)
    failures = models.JSONField(default=list, blank=True, help_text="Assertions that did not hold.")
    quote = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    answer_model = models.CharField(max_length=100, blank=True)
    grade_model = models.CharField(max_length=100, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    latency_ms = models.PositiveIntegerField(default=0)

    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    claimed_by = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "case", "release", "trial"], name="one_result_per_case_and_trial"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["state", "lease_until"], name="result_work")]

    def __str__(self) -> str:
        return f"{self.case} trial {self.trial}"
