"""The canary: conversations people have judged, put to the judge again and again, unchanged."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from context.models import Agent
from conversations.models import Conversation
from llm.states import WorkState
from reviews.models.judging import JudgeVersion
from reviews.models.scorecards import Scorecard
from reviews.models.verdicts import Verdict


class CanaryMember(models.Model):
    """One conversation of the canary, as the judge was shown it, with what a person said of it.

    The material is a copy: later messages, documents or a shorter log change nothing in it.
    """

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="canary_members")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="+")
    verdict = models.ForeignKey(Verdict, models.SET_NULL, null=True, related_name="+")
    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="+")
    passed = models.BooleanField(help_text="What the person said.")
    handed_over = models.BooleanField(help_text="Whether criteria of handovers are asked.")
    given = models.TextField(help_text="What the agent was given, as the judge was shown it.")
    material = models.TextField(help_text="The conversation, as the judge was shown it.")
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(retired_at=None),
                name="a_conversation_is_in_the_canary_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.conversation}: {'pass' if self.passed else 'fail'}"


class CanaryCheck(models.Model):
    """The canary put to one judge version with one scorecard on one day."""

    class Reason(models.TextChoices):
        NIGHTLY = "nightly"
        CHANGE = "change", "the judge changed"
        ASKED = "asked"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="canary_checks")
    day = models.DateField()
    judge = models.ForeignKey(JudgeVersion, models.CASCADE, related_name="canary_checks")
    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "day", "judge", "scorecard"],
                name="one_canary_check_per_day_judge_and_scorecard",
            )
        ]

    def __str__(self) -> str:
        return f"canary of {self.day}"


class CanaryResult(models.Model):
    """The judge's answer to one member in one check. A work row."""

    check_of = models.ForeignKey(CanaryCheck, models.CASCADE, related_name="results")
    member = models.ForeignKey(CanaryMember, models.CASCADE, related_name="results")
    passed = models.BooleanField(null=True, help_text="No critical criterion failed.")
    grade = models.PositiveSmallIntegerField(null=True, help_text="The judge's 1–5.")

    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    claimed_by = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["check_of", "member"], name="one_answer_per_canary_check_and_member"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["state", "lease_until"], name="canary_work")]

    def __str__(self) -> str:
        return f"{self.member} in {self.check_of}"
