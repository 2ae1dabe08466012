"""The test of what a candidate's context changes: the changes, and the cases near them that guard.

Rows of work: a test is searched once for guards and contradictions, and each change that needs a
model to draft its cases is one call (see `testing.context_suite.work`).
"""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import User
from context.models import Release, ReleaseStatus
from llm.budget import Budget
from llm.claims import progress, reopen
from llm.states import WorkState
from testing.models.cases import Case
from testing.models.contradictions import Contradiction
from testing.models.suites import Suite


class ContextTestQuerySet(models.QuerySet["ContextTest"]):
    """Queries over context tests."""

    def of(self, release: Release, baseline: Release | None) -> "ContextTest | None":
        """The test of a release against this baseline, if one was made."""
        return self.filter(release=release, baseline=baseline).first()

    def shown_for(self, release: Release, baseline: Release | None) -> "ContextTest | None":
        """The test to show: against this baseline, or for a release that is decided and has none
        against it the newest there is, which tells what was known then.
        """
        found = self.select_related("baseline").of(release, baseline)
        if found is None and release.status not in (
            ReleaseStatus.CANDIDATE,
            ReleaseStatus.APPROVED,
        ):
            found = self.select_related("baseline").filter(release=release).first()
        return found

    def unfinished(self) -> Self:
        """Those with something left to search, draft or judge."""
        waits = (WorkState.PENDING, WorkState.WORKING)
        drafting = ContextChange.objects.filter(test=OuterRef("pk"), state__in=waits)
        judging = Contradiction.objects.filter(agent=OuterRef("release__agent"), state__in=waits)
        return self.filter(Q(state__in=waits) | Exists(drafting) | Exists(judging))


class ContextTest(models.Model):
    """One release's context beside a baseline's. As a work row it is the search: guards are chosen
    and contradicting passages looked for.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="context_tests")
    baseline = models.ForeignKey(Release, models.CASCADE, null=True, related_name="+")
    estimated_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    cost_usd = models.DecimalField(
        max_digits=10, decimal_places=6, default=0, help_text="Of the search alone."
    )
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    claimed_by = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    objects = ContextTestQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["release", "baseline"], name="one_context_test_per_release_and_baseline"
            ),
            models.UniqueConstraint(
                fields=["release"],
                condition=Q(baseline=None),
                name="one_context_test_per_release_without_a_baseline",
            ),
        ]

    def __str__(self) -> str:
        return f"context of {self.release}"

    def progress(self) -> dict[str, int]:
        """Pieces of work by state, and `total`: the search and each change."""
        counts = progress(self.changes.all())
        counts[self.state] += 1
        return counts | {"total": sum(counts.values())}

    def retry_failed(self) -> int:
        """Open what failed or was skipped again, and only that; returns how many pieces."""
        own = reopen(ContextTest.objects.filter(pk=self.pk))
        return own + reopen(self.changes.all())

    def budgets(self, now: datetime) -> list[Budget]:
        """The caps of this test: its own, counted on its first day, and the agent's of today."""
        agent = self.release.agent
        return [
            Budget(f"context-test:{self.pk}", self.created_at.date(), agent.run_budget_usd),
            Budget(agent.budget_scope, agent.local_date(now), agent.daily_budget_usd),
        ]

    def spent_usd(self) -> float:
        """What its search and its drafts cost so far, in dollars."""
        return float(self.cost_usd + (self.changes.aggregate(usd=Sum("cost_usd"))["usd"] or 0))


class ContextChange(models.Model):
    """One document, or section of the prompt, that the release adds, changes or removes.

    Its work is the drafting of cases. It is done from the start where a proposal's conversation
    gave the case, and where nothing new is said.
    """

    class Kind(models.TextChoices):
        ADDED = "added"
        CHANGED = "changed"
        REMOVED = "removed"
        PROMPT = "prompt"

    test = models.ForeignKey(ContextTest, models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=100, help_text="Slug of the document, or the section.")
    case_key = models.CharField(max_length=100, help_text="What the keys of its cases begin with.")

    model = models.CharField(max_length=100, blank=True, help_text="Which model drafted.")
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.PENDING)
    claimed_by = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["test", "kind", "name"], name="one_row_per_change_of_a_context_test"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.kind}"


class Guard(models.Model):
    """A case near a change and not about it, which the candidate must answer as the live release
    does. Asked in the context runs of the candidate, whatever suite it is of.
    """

    change = models.ForeignKey(ContextChange, models.CASCADE, related_name="guards")
    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    likeness = models.FloatField(help_text="Cosine of its question and the changed passage.")
    reason = models.CharField(max_length=300)

    class Meta:
        ordering: ClassVar = ["-likeness", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["change", "case"], name="one_guard_per_change_and_case")
        ]

    def __str__(self) -> str:
        return f"{self.case} guards {self.change}"


def guard_cases(release: Release, baseline: Release | None) -> QuerySet[Case]:
    """The approved cases that guard a release's context; a changed case stands in for the one that
    was chosen, under the same key.
    """
    chosen = Guard.objects.filter(
        change__test__release=release,
        change__test__baseline=baseline,
        case__suite=OuterRef("suite"),
        case__key=OuterRef("key"),
    )
    return Case.objects.filter(Exists(chosen), status=Case.Status.APPROVED).order_by("id")


def asked_cases(suite: Suite, release: Release, baseline: Release | None = None) -> QuerySet[Case]:
    """What a run of a suite asks a release: its approved cases, and for context the guards too."""
    own = suite.approved_cases()
    if suite.kind != Suite.Kind.CONTEXT or not own.exists():
        return own
    either = Q(pk__in=own.values("pk")) | Q(pk__in=guard_cases(release, baseline).values("pk"))
    return Case.objects.filter(either).order_by("id")
