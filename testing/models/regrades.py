"""Grades asked for again: how often the grader would have said otherwise."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q, Sum

from accounts.models import User
from llm.budget import Budget
from llm.claims import progress, reopen
from llm.states import WorkState
from testing.models.runs import Result, Run
from testing.refusals import Refused


class Regrade(models.Model):
    """A random sample of a run's grades, asked for again. What the run says stays as it was."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="regrades")
    sample = models.PositiveIntegerField(help_text="Grades drawn, over all strata.")
    seed = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=Run.State.choices, default=Run.State.RUNNING)
    estimated_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    stop_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run"], condition=Q(state="running"), name="one_regrade_of_a_run_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sample} grades of {self.run} again"

    def progress(self) -> dict[str, int]:
        """Grades by state, and `total`."""
        counts = progress(self.grades.all())
        return counts | {"total": sum(counts.values())}

    def spent_usd(self) -> float:
        """What asking again cost so far, in dollars."""
        return float(self.grades.aggregate(usd=Sum("cost_usd"))["usd"] or 0)

    def budgets(self, now: datetime) -> list[Budget]:
        """Its own cap, that of a run, counted on its first day; and the agent's of today."""
        agent = self.run.suite.agent
        return [
            Budget(f"regrade:{self.pk}", self.created_at.date(), agent.run_budget_usd),
            Budget(agent.budget_scope, agent.local_date(now), agent.daily_budget_usd),
        ]

    def cancel(self, at: datetime, reason: str = "cancelled by a person") -> None:
        """Stop claiming grades; the calls already under way are finished and kept."""
        self._move(Run.State.RUNNING, Run.State.CANCELLED, finished_at=at, stop_reason=reason)

    def resume(self) -> None:
        """Go on where it was cancelled, or ask again for what failed or was skipped."""
        if self.state == Run.State.DONE and not reopen(self.grades.all()):
            raise Refused("Every grade of the sample was given; there is nothing to resume.")
        self._move(Run.State(self.state), Run.State.RUNNING, finished_at=None, stop_reason="")

    def finish(self, at: datetime) -> bool:
        """End it when no grade is left to ask for; true for the one caller that ended it."""
        if self.grades.filter(state__in=(WorkState.PENDING, WorkState.WORKING)).exists():
            return False
        rows = Regrade.objects.filter(pk=self.pk, state=Run.State.RUNNING)
        lack = self.grades.filter(state__in=(WorkState.FAILED, WorkState.SKIPPED)).first()
        reason = f"not every grade was given: {lack.error}"[:300] if lack else ""
        ended = bool(rows.update(state=Run.State.DONE, finished_at=at, stop_reason=reason))
        self.refresh_from_db(fields=["state", "finished_at", "stop_reason"])
        return ended

    def _move(self, state: Run.State, to: Run.State, **changes: object) -> None:
        """Change the state by one conditional UPDATE; refused when it is not the one expected."""
        if not Regrade.objects.filter(pk=self.pk, state=state).update(state=to, **changes):
            self.refresh_from_db(fields=["state"])
            raise Refused(f"The re-grading is {self.state}, not {state.value}.")
        self.refresh_from_db(fields=["state", "finished_at", "stop_reason"])


class SecondGrade(models.Model):
    """What the grader says of one answer when it is asked again. A work row.

    The stratum is the release and the verdict that was given; its size is kept as it was at the
    draw, so that the sample can be weighed. Failed or skipped means not graded again: no flip.
    """

    regrade = models.ForeignKey(Regrade, models.CASCADE, related_name="grades")
    result = models.ForeignKey(Result, models.CASCADE, related_name="second_grades")
    first_passed = models.BooleanField(help_text="The verdict that counts in the run.")
    stratum_size = models.PositiveIntegerField(help_text="Grades of its release and verdict.")

    passed = models.BooleanField(null=True)
    quote = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    grade_model = models.CharField(max_length=100, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)

    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    claimed_by = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["regrade", "result"], name="one_second_grade_per_answer_of_a_sample"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(passed__isnull=False),
                name="a_done_second_grade_has_a_verdict",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "lease_until"], name="second_grade_work")
        ]

    def __str__(self) -> str:
        return f"{self.result} again"

    @property
    def is_flip(self) -> bool:
        """Whether the grader said otherwise than the first time."""
        return self.passed is not None and self.passed != self.first_passed
