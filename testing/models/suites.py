"""Suites: the named sets of cases that a release is asked."""

from datetime import datetime
from typing import ClassVar, Self, Unpack

from django.db import IntegrityError, models, transaction
from django.db.models import Count, Max, OuterRef, Q, Subquery

from context.models import Agent
from testing.cases.content import NewCase, cleaned, key_of
from testing.models.cases import Case
from testing.models.rules import LEAST_MARGIN, MARGIN, MOST_MARGIN, GateRules
from testing.refusals import Refused

NAMES = {
    "questions": "New questions",
    "context": "New context",
    "regression": "Regression",
}


class SuiteQuerySet(models.QuerySet["Suite"]):
    """Queries over suites."""

    def with_counts(self) -> Self:
        """Add `draft_count`, `approved_count` and `last_run_id` for lists of suites."""
        suite = self.model.objects.filter(pk=OuterRef("pk")).order_by()
        newest = suite.annotate(newest=Max("runs__id")).values("newest")
        return self.annotate(
            draft_count=Count("cases", Q(cases__status="draft")),
            approved_count=Count("cases", Q(cases__status="approved")),
            last_run_id=Subquery(newest),
        )


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
    description = models.TextField(blank=True, max_length=1000)
    archived_at = models.DateTimeField(null=True, blank=True)
    decides = models.BooleanField(
        default=True, help_text="Its result is part of its kind's check; else it is only shown."
    )
    margin = models.FloatField(
        null=True, blank=True, validators=MARGIN, help_text="Empty: the margin of the agent's gate."
    )
    created_at = models.DateTimeField()

    objects = SuiteQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "slug"], name="suite_slug_is_unique_per_agent"
            ),
            models.CheckConstraint(
                condition=Q(margin=None) | Q(margin__gte=LEAST_MARGIN, margin__lte=MOST_MARGIN),
                name="a_suites_margin_is_from_half_a_point_to_50",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of_kind(cls, agent: Agent, kind: str, at: datetime) -> "Suite":
        """The agent's standard suite of a kind, made when there is none."""
        values = {"kind": kind, "name": NAMES[kind], "created_at": at}
        found, _ = cls.objects.get_or_create(agent=agent, slug=kind, defaults=values)
        return found

    @property
    def margin_asked(self) -> float:
        """The loss of pass rate that its check lets stay possible: its own, else the agent's."""
        return GateRules.of(self.agent).margin if self.margin is None else self.margin

    def approved_cases(self) -> "models.QuerySet[Case]":
        """The cases a run asks, in the order they were made; none of an archived suite."""
        if self.archived_at:
            return self.cases.none()
        return self.cases.filter(status=Case.Status.APPROVED).order_by("id")

    @property
    def is_standard(self) -> bool:
        """Whether cases come into this suite by themselves, so that it cannot be archived."""
        return self.slug == self.kind

    def archive(self, at: datetime) -> None:
        """Put the suite aside: it is not run and counts in no gate. Refused for a standard one."""
        if self.is_standard:
            raise Refused(f"{self.name} is where new cases come in; it cannot be archived.")
        self.archived_at = at
        self.save(update_fields=["archived_at"])

    def restore(self) -> None:
        """Take an archived suite into use again."""
        self.archived_at = None
        self.save(update_fields=["archived_at"])

    def add_case(self, **case: Unpack[NewCase]) -> "Case":
        """Add a case, or return the one that stands in this suite under its key.

        Without a key one is made from the question and turns, so the same question is added once.
        Texts are masked. Raises Refused for an approved case that expects nothing.
        """
        content = cleaned(case, self.agent.workspace)
        new = Case(
            suite=self,
            key=case.get("key") or key_of(content),
            status=case.get("status", Case.Status.DRAFT),
            conversation=case.get("conversation"),
            proposal=case.get("proposal"),
            cluster=case.get("cluster"),
            source=case.get("source", "")[:200],
            source_url=case.get("source_url", ""),
            owner=case.get("by"),
            created_by=case.get("by"),
            created_at=case["at"],
            **content,
        )
        new.check_expectation()
        new.check_customer()
        try:
            with transaction.atomic():
                new.save(force_insert=True)
                return new
        except IntegrityError:
            return self.cases.exclude(status=Case.Status.RETIRED).get(key=new.key)
