"""Runs of a suite, and the result of every trial."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Count, Max, Q, Sum

from accounts.models import User
from context.models import Release
from llm.budget import Budget
from llm.claims import progress, reopen
from llm.states import WorkState
from testing.models.cases import Case
from testing.models.suites import Suite
from testing.refusals import Refused


class RunQuerySet(models.QuerySet["Run"]):
    """Queries over runs."""

    def claiming(self) -> Self:
        """Ended runs whose difference to a baseline could be told."""
        return self.filter(state="done", difference_p__isnull=False)

    def newest_per_suite(self) -> Self:
        """Of each suite the run that was written last."""
        newest = self.order_by().values("suite").annotate(last=Max("pk")).values("last")
        return self.filter(pk__in=newest)


class Run(models.Model):
    """One run of a suite: each case is asked `trials` times of a release, and of a baseline."""

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
    difference = models.FloatField(
        null=True, help_text="Pass rate of the release minus the baseline's when the run ended."
    )
    difference_p = models.FloatField(null=True, help_text="Its p-value, of this run alone.")

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["suite", "-id"], name="run_by_suite")]

    def __str__(self) -> str:
        return f"{self.suite} against {self.release}"

    def progress(self) -> dict[str, int]:
        """Trials by state, and `total`."""
        counts = progress(self.results.all())
        return counts | {"total": sum(counts.values())}

    def spent_usd(self) -> float:
        """What the calls of this run cost so far, in dollars."""
        return self.bill()[0]

    def bill(self) -> tuple[float, int]:
        """Dollars that the calls of this run cost so far, and the calls that were not made because
        another trial's request, or the answer to grade, was the same.
        """
        graded = ~Q(grade_model="")
        sums = self.results.aggregate(
            usd=Sum("cost_usd"),
            answers=Count("pk", Q(is_shared=True) & ~Q(answer_model="")),
            grades=Count("pk", (Q(is_shared=True) | Q(same_answer_as__isnull=False)) & graded),
        )
        return float(sums["usd"] or 0), sums["answers"] + sums["grades"]

    def budgets(self, now: datetime) -> list[Budget]:
        """The caps of this run: its own, counted on its first day, and the agent's of today."""
        agent = self.suite.agent
        return [
            Budget(f"run:{self.pk}", self.created_at.date(), agent.run_budget_usd),
            Budget(agent.budget_scope, agent.local_date(now), agent.daily_budget_usd),
        ]

    def cancel(self, at: datetime, reason: str = "cancelled by a person") -> None:
        """Stop claiming trials; the calls already under way are finished and kept."""
        self._move(self.State.RUNNING, self.State.CANCELLED, finished_at=at, stop_reason=reason)

    def cancel_if_rejected(self, at: datetime) -> None:
        """Stop claiming trials of a release that was rejected since the run began."""
        rows = Run.objects.filter(pk=self.pk, state=self.State.RUNNING)
        reason = "the release was rejected"
        gone = rows.filter(release__status=Release.Status.REJECTED)
        if gone.update(state=self.State.CANCELLED, finished_at=at, stop_reason=reason):
            self.refresh_from_db(fields=["state", "finished_at", "stop_reason"])

    def resume(self) -> None:
        """Go on with a cancelled run where it stopped."""
        self._move(self.State.CANCELLED, self.State.RUNNING, finished_at=None, stop_reason="")

    def retry_failed(self) -> int:
        """Ask the trials again that failed or were skipped, and only those; returns how many.

        They go on where they stopped. Those that ended outside their case's recording would end
        there again: the case needs the result first. Refused where there are no others.
        """
        count = reopen(self.results.filter(failures=[]))
        if not count and (left := self.ended_outside()):
            those = "The ungraded trial" if left == 1 else f"The {left} ungraded trials"
            raise Refused(f"{those} ended outside the recording of the case: record that first.")
        if count and self.state == self.State.DONE:
            self._move(self.State.DONE, self.State.RUNNING, finished_at=None, stop_reason="")
        return count

    def ended_outside(self) -> int:
        """How many trials are ungraded because a tool was called that was not recorded."""
        return self.results.filter(state=WorkState.FAILED).exclude(failures=[]).count()

    def finish(self, at: datetime) -> bool:
        """End the run when no trial is left to do; true for the one caller that ended it."""
        if self.results.filter(state__in=(WorkState.PENDING, WorkState.WORKING)).exists():
            return False
        rows = Run.objects.filter(pk=self.pk, state=self.State.RUNNING)
        ended = bool(rows.update(state=self.State.DONE, finished_at=at, stop_reason=self._lack()))
        self.refresh_from_db(fields=["state", "finished_at", "stop_reason"])
        return ended

    def _lack(self) -> str:
        """What the ended run could not do, in a sentence; empty when every trial was graded."""
        failed = self.results.filter(state__in=(WorkState.FAILED, WorkState.SKIPPED))
        error = failed.exclude(error="").values_list("error", flat=True).first()
        count = failed.count()
        return f"{count} trial{'' if count == 1 else 's'} ungraded: {error}"[:300] if error else ""

    def _move(self, state: State, to: State, **changes: object) -> None:
        """Change the state by one conditional UPDATE; refused when it is not the one expected."""
        if not Run.objects.filter(pk=self.pk, state=state).update(state=to, **changes):
            self.refresh_from_db(fields=["state"])
            raise Refused(f"Run {self.pk} is {self.state}, not {state.value}.")
        self.refresh_from_db(fields=["state", "finished_at", "stop_reason"])


class Result(models.Model):
    """One trial of one case against one release. A work row.

    It is worked call by call: the release answers (in a dialogue it uses its tools and the customer
    goes on, each call a `Step`), then, if the assertions hold and something is left to judge, the
    grader grades. Done means graded: a trial that could not be graded is failed or skipped, and
    `passed` stays empty.
    """

    class Ending(models.TextChoices):
        """How a dialogue ended; empty for the answer to a single question."""

        ANSWERED = "answered", "all was answered"
        HANDOVER = "handover", "handed over"
        CLOSE = "close", "closed"
        IGNORE = "ignore", "ignored"
        SATISFIED = "satisfied", "the customer is satisfied"
        GAVE_UP = "gives_up", "the customer gave up"
        OUT_OF_TURNS = "out_of_turns", "the customer ran out of turns"
        TOO_MANY_LOOKUPS = "too_many_lookups", "the release never stopped using its tools"

    run = models.ForeignKey(Run, models.CASCADE, related_name="results")
    case = models.ForeignKey(Case, models.CASCADE, related_name="results")
    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    trial = models.PositiveSmallIntegerField()
    position = models.PositiveIntegerField(help_text="Place in the run's seeded order.")

    action = models.CharField(max_length=10, blank=True)
    reply = models.TextField(blank=True, help_text="All the release said, in a dialogue as well.")
    sources = models.JSONField(default=list, blank=True)
    missing_facts = models.JSONField(default=list, blank=True)
    ending = models.CharField(max_length=20, choices=Ending.choices, blank=True)
    calls_outside = models.PositiveSmallIntegerField(
        default=0, help_text="Calls of tools that the case's recording does not hold."
    )
    passed = models.BooleanField(null=True)
    failures = models.JSONField(default=list, blank=True, help_text="Assertions that did not hold.")
    quote = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    answer_model = models.CharField(max_length=100, blank=True)
    grade_model = models.CharField(max_length=100, blank=True)
    same_answer_as = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        related_name="copies",
        help_text="The trial with the identical answer, whose grade counts for this one too.",
    )
    is_shared = models.BooleanField(
        default=False,
        help_text="The baseline's trial of this number made the identical request: asked once.",
    )
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    answer_usd = models.DecimalField(
        max_digits=10, decimal_places=6, default=0, help_text="What of the cost was the answer's."
    )
    latency_ms = models.PositiveIntegerField(default=0, help_text="Of the release's answers.")

    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    claimed_by = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "case", "release", "trial"], name="one_result_per_case_and_trial"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(passed__isnull=False), name="a_done_result_is_graded"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "lease_until"], name="result_work")]

    def __str__(self) -> str:
        return f"{self.case} trial {self.trial}"

    @property
    def is_answered(self) -> bool:
        """Whether the release has answered, so that only the grade is missing."""
        return bool(self.answer_model)
