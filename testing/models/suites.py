"""Suites and their cases: what is asked of a release, and what a good answer does."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self, Unpack

from django.db import IntegrityError, models, transaction
from django.db.models import Count, Max, Q

from accounts.models import User
from context.models import Agent, Proposal
from conversations.models import Conversation
from testing.content import FIELDS, CaseContent, NewCase, cleaned, key_of
from testing.refusals import Refused

if TYPE_CHECKING:
    from context.answering import Turn

NAMES = {
    "questions": "New questions",
    "context": "New context",
    "regression": "Regression",
}
EXPECTS_NOTHING = (
    "This case expects nothing, so every answer would pass it. Give an action, a fact, something "
    "that must not be said, or a rubric."
)


class SuiteQuerySet(models.QuerySet["Suite"]):
    """Queries over suites."""

    def with_counts(self) -> Self:
        """Add `draft_count`, `approved_count` and `last_run_id` for lists of suites."""
        return self.annotate(
            draft_count=Count("cases", Q(cases__status="draft"), distinct=True),
            approved_count=Count("cases", Q(cases__status="approved"), distinct=True),
            last_run_id=Max("runs__id"),
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
    created_at = models.DateTimeField()

    objects = SuiteQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "slug"], name="suite_slug_is_unique_per_agent")
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of_kind(cls, agent: Agent, kind: str, at: datetime) -> "Suite":
        """The agent's standard suite of a kind, made when there is none."""
        values = {"kind": kind, "name": NAMES[kind], "created_at": at}
        found, _ = cls.objects.get_or_create(agent=agent, slug=kind, defaults=values)
        return found

    def approved_cases(self) -> "models.QuerySet[Case]":
        """The cases a run asks, in the order they were made."""
        return self.cases.filter(status=Case.Status.APPROVED).order_by("id")

    def add_case(self, **case: Unpack[NewCase]) -> "Case":
        """Add a case, or return the one that stands in this suite under its key.

        Without a key one is made from the question and turns, so the same question is added once.
        Texts are masked. Raises Refused for an approved case that expects nothing.
        """
        content = cleaned(case, self.agent.workspace)
        new = Case(
            suite=self,
            key=case.get("key") or key_of(content["question"], content.get("turns", [])),
            status=case.get("status", Case.Status.DRAFT),
            conversation=case.get("conversation"),
            proposal=case.get("proposal"),
            created_by=case.get("by"),
            created_at=case["at"],
            **content,
        )
        new.check_expectation()
        try:
            with transaction.atomic():
                new.save(force_insert=True)
                return new
        except IntegrityError:
            return self.cases.exclude(status=Case.Status.RETIRED).get(key=new.key)


class Case(models.Model):
    """A question with what a good answer does: the action, the facts said, what must not be said.

    What was run is never edited: a change of a case that has results is a new row with the same
    key, and the old one is retired (`testing.cases.change_case`).
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
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["suite", "key"],
                condition=~Q(status="retired"),
                name="case_key_is_unique_in_its_suite",
            )
        ]

    def __str__(self) -> str:
        return self.question[:80]

    @property
    def messages(self) -> "list[Turn]":
        """The conversation up to the customer's message that is to be answered."""
        return list(self.turns) or [{"author": "customer", "text": self.question}]

    @property
    def expects_something(self) -> bool:
        """Whether any answer could fail this case."""
        return any((self.expected_action, self.expected_facts, self.must_not, self.rubric.strip()))

    def check_expectation(self) -> None:
        """Raise Refused when this case is approved but expects nothing."""
        if self.status == self.Status.APPROVED and not self.expects_something:
            raise Refused(EXPECTS_NOTHING)

    def approve(self, at: datetime | None = None, by: User | None = None) -> None:
        """Let runs ask this case. Refused when it is retired or expects nothing."""
        if not self.expects_something:
            raise Refused(EXPECTS_NOTHING)
        self._decide(self.Status.APPROVED, {self.Status.DRAFT, self.Status.APPROVED}, at, by)

    def retire(self, at: datetime | None = None, by: User | None = None) -> None:
        """Take this case out of coming runs; its results stay."""
        self._decide(self.Status.RETIRED, set(self.Status), at, by)

    def _decide(
        self, to: Status, from_any: set[Status], at: datetime | None, by: User | None
    ) -> None:
        """Move by one conditional UPDATE; deciding the same again changes nothing."""
        rows = Case.objects.filter(pk=self.pk, status__in=from_any)
        if not rows.update(status=to, decided_by=by, decided_at=at):
            raise Refused(f"Case {self.key} is retired; add it anew to use it again.")
        self.status, self.decided_by, self.decided_at = to, by, at

    def content(self) -> dict[str, Any]:
        """What this case asks and expects, as plain values."""
        return {name: getattr(self, name) for name in FIELDS}

    @transaction.atomic
    def change(
        self, at: datetime, by: User | None = None, **changes: Unpack[CaseContent]
    ) -> "Case":
        """Change what this case asks or expects; returns the case that stands now.

        A case with results is not edited: it is retired and a new row with its key takes its place,
        approved if it was. Refused for a retired case, and for an approved one that is left
        expecting nothing.
        """
        content = self.content() | cleaned(changes, self.suite.agent.workspace)
        if content == self.content():
            return self
        if self.status == self.Status.RETIRED:
            raise Refused(f"Case {self.key} is retired and cannot be changed.")
        new = Case(suite=self.suite, key=self.key, status=self.status, **content)
        new.check_expectation()
        if not self.results.exists():
            Case.objects.filter(pk=self.pk).update(**content)
            self.refresh_from_db()
            return self
        self.retire(at, by)
        new.conversation, new.proposal = self.conversation, self.proposal
        new.created_by, new.created_at = by, at
        new.save(force_insert=True)
        return new
