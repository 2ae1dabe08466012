"""Cases: what is asked of a release, and what a good answer does."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models, transaction
from django.db.models import Q

from accounts.models import User
from context.models import Proposal
from conversations.models import Conversation
from testing.cases.content import FIELDS
from testing.refusals import Refused

if TYPE_CHECKING:
    from context.answers.chat import Turn
    from testing.models.history import CaseBatch

EXPECTS_NOTHING = (
    "This case expects nothing, so every answer would pass it. Give an action, a fact, something "
    "that must not be said, or a rubric."
)


class Case(models.Model):
    """A question or a whole conversation, with what a good answer does: the action, the facts said,
    what must not be said, the tools called.

    What was run is never edited: a change of a case that has results is a new row with the same
    key, and the old one is retired (`testing.cases.changing`).
    """

    class Action(models.TextChoices):
        ANSWER = "answer"
        SNOOZE = "snooze"
        HANDOVER = "handover"
        CLOSE = "close"
        IGNORE = "ignore"
        ANY = "", "any"

    class Kind(models.TextChoices):
        QUESTION = "question", "one question"
        SCRIPT = "script", "scripted conversation"
        CUSTOMER = "customer", "simulated customer"

    class Status(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        RETIRED = "retired"

    suite = models.ForeignKey("testing.Suite", models.CASCADE, related_name="cases")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    key = models.CharField(max_length=100, help_text="Stable name of the case in its suite.")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.QUESTION)
    question = models.TextField(help_text="What the customer asks, in one line.")
    turns = models.JSONField(
        default=list,
        blank=True,
        help_text="[{author: customer|ai, text}] up to the message to answer; empty: the question.",
    )
    script = models.JSONField(
        default=list,
        blank=True,
        help_text="What the customer says next, one text after each answer (scripted).",
    )
    persona = models.TextField(blank=True, help_text="Who the simulated customer is.")
    goal = models.TextField(blank=True, help_text="What the simulated customer wants.")
    known_facts = models.JSONField(default=list, blank=True)
    withheld_facts = models.JSONField(
        default=list, blank=True, help_text="Known too, but said only when asked for."
    )
    max_turns = models.PositiveSmallIntegerField(
        default=8, help_text="Messages of the simulated customer at most, the first one included."
    )
    recording = models.JSONField(
        default=list, blank=True, help_text="[{name, arguments, result}] of the tools."
    )
    expected_calls = models.JSONField(
        default=list, blank=True, help_text="[{name, arguments}] of tools that must be called."
    )
    writing_tools = models.JSONField(
        default=list, blank=True, help_text="Tools that change something: call them as expected."
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
    cluster = models.ForeignKey(
        "testing.QuestionCluster", models.SET_NULL, null=True, blank=True, related_name="cases"
    )
    source = models.CharField(
        max_length=200,
        blank=True,
        help_text="What else it comes from, in words: a verdict, a file.",
    )
    source_url = models.CharField(max_length=300, blank=True, help_text="Page of the source.")
    owner = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="owned_cases"
    )
    flaky_reason = models.CharField(
        max_length=300,
        blank=True,
        help_text="Why it passes and fails by turns; empty: it does not.",
    )
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
            ),
            models.CheckConstraint(
                condition=Q(critical=False) | Q(flaky_reason=""),
                name="a_critical_case_is_not_flaky",
            ),
            models.CheckConstraint(
                condition=~Q(kind="customer") | ~Q(goal=""), name="a_simulated_customer_has_a_goal"
            ),
            models.CheckConstraint(
                condition=Q(max_turns__gte=1, max_turns__lte=50),
                name="a_customer_says_1_to_50_messages",
            ),
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
        said = (self.expected_action, self.expected_facts, self.must_not, self.rubric.strip())
        return any((*said, self.expected_calls, self.writing_tools))

    def check_expectation(self) -> None:
        """Raise Refused when this case is approved but expects nothing."""
        if self.status == self.Status.APPROVED and not self.expects_something:
            raise Refused(EXPECTS_NOTHING)

    def check_customer(self) -> None:
        """Raise Refused when nobody could go on after the first answer, but somebody should."""
        if self.kind == self.Kind.CUSTOMER and not self.goal:
            raise Refused("A simulated customer needs a goal.")
        if self.kind == self.Kind.SCRIPT and not self.script:
            raise Refused("A scripted conversation needs what the customer says next.")

    @property
    def counts_in_gate(self) -> bool:
        """Whether the gate looks at this case; one marked flaky is run and shown, and no more."""
        return not self.flaky_reason

    def approve(
        self,
        at: datetime | None = None,
        by: User | None = None,
        batch: "CaseBatch | None" = None,
    ) -> None:
        """Let runs ask this case. Refused when it is retired or expects nothing."""
        if not self.expects_something:
            raise Refused(EXPECTS_NOTHING)
        allowed = {self.Status.DRAFT, self.Status.APPROVED}
        self._decide(self.Status.APPROVED, allowed, at, by, batch)

    def retire(
        self,
        at: datetime | None = None,
        by: User | None = None,
        batch: "CaseBatch | None" = None,
    ) -> None:
        """Take this case out of coming runs; its results stay."""
        self._decide(self.Status.RETIRED, set(self.Status), at, by, batch)

    @transaction.atomic
    def put_back(
        self, status: str, at: datetime, by: User | None, batch: "CaseBatch | None" = None
    ) -> None:
        """Give this case the status it had before; refused where another stands under its key."""
        others = self.suite.cases.exclude(pk=self.pk).exclude(status=self.Status.RETIRED)
        if status != self.Status.RETIRED and others.filter(key=self.key).exists():
            raise Refused(f"Another case stands under the key {self.key} by now.")
        self._decide(self.Status(status), set(self.Status), at, by, batch)

    @transaction.atomic
    def _decide(
        self,
        to: Status,
        from_any: set[Status],
        at: datetime | None,
        by: User | None,
        batch: "CaseBatch | None",
    ) -> None:
        """Move by one conditional UPDATE; deciding the same again changes nothing."""
        before = self.status
        rows = Case.objects.filter(pk=self.pk, status__in=from_any)
        if not rows.update(status=to, decided_by=by, decided_at=at):
            raise Refused(f"Case {self.key} is retired; add it anew to use it again.")
        self.status, self.decided_by, self.decided_at = to, by, at
        if before != to:
            self.record({"status": before}, at, by, batch)

    def content(self) -> dict[str, Any]:
        """What this case asks and expects, as plain values."""
        return {name: getattr(self, name) for name in FIELDS}

    def record(
        self,
        before: dict[str, Any],
        at: datetime | None,
        by: User | None,
        batch: "CaseBatch | None" = None,
    ) -> None:
        """Write down a change: the fields of `before` with what they were and now are."""
        after = {name: _plain(getattr(self, name)) for name in before}
        plain = {name: _plain(value) for name, value in before.items()}
        self.changes.create(before=plain, after=after, at=at, by=by, batch=batch)


def _plain(value: Any) -> Any:
    """A value as the history keeps it: a person by name."""
    return value.username if isinstance(value, User) else value
