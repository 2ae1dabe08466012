"""Suggested changes of context or prompt, with their evidence."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models.functions import Greatest

from accounts.audit import record
from accounts.models import ApiKey, User
from context.editing.drafts import create_draft, edit_draft, newest_draft
from context.editing.log import log_edits
from context.models.agents import Agent
from context.models.releases import Release
from context.refusals import WrongStatus
from context.releases.content import Content, DocumentContent, content_of


class Proposal(models.Model):
    """A suggested change of context or prompt, with its evidence."""

    class Kind(models.TextChoices):
        DOCUMENT = "document"
        PROMPT = "prompt"

    class Status(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        MERGED = "merged"

    class Source(models.TextChoices):
        VERDICT = "verdict"
        CAPTURE = "capture"
        PERSON = "person"

    class Cause(models.TextChoices):
        """Why a proposal is declined: the root cause, so that declines can be counted."""

        WRONG = "wrong", "the fact is wrong"
        KNOWN = "known", "a document says so already"
        ONE_CUSTOMER = "one_customer", "it holds for one customer only"
        PASSING = "passing", "it holds for a short time only"
        NOT_TO_BE_SAID = "not_to_be_said", "the agent is not to say this"
        NEEDS_A_PERSON = "needs_a_person", "this needs a person every time"
        TOO_RARE = "too_rare", "too rare to be worth it now"
        OTHER = "other", "another reason"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="proposals")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.DOCUMENT)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    source = models.CharField(max_length=10, choices=Source.choices)
    topic = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=200)
    body = models.TextField(help_text="The fact or instruction as it would read in the release.")
    required_facts = models.JSONField(default=list, blank=True)
    fingerprint = models.CharField(max_length=64, help_text="Proposals of the same fact share it.")
    evidence = models.JSONField(
        default=list, blank=True, help_text="[{conversation: id, messages: [external ids]}]"
    )
    volume = models.PositiveIntegerField(default=1, help_text="Conversations it would have served.")
    failures = models.PositiveIntegerField(default=0, help_text="Of these, failed or handed over.")
    asked = models.PositiveIntegerField(
        default=0, help_text="Conversations of the last four weeks that asked this."
    )
    asked_failed = models.PositiveIntegerField(
        default=0, help_text="Of these, not resolved by the AI."
    )
    asked_until = models.DateField(null=True, blank=True, help_text="The last day counted.")
    weight = models.GeneratedField(
        expression=Greatest("volume", "asked") * (Greatest("failures", "asked_failed") + 1),
        output_field=models.PositiveIntegerField(),
        db_persist=True,
        help_text="Volume times failures: the order in which proposals are shown.",
    )
    conflicts = models.JSONField(
        default=list, blank=True, help_text="[{slug, kind: duplicate|contradiction, quote}]"
    )
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_cause = models.CharField(max_length=20, choices=Cause.choices, blank=True)
    decision_reason = models.TextField(blank=True)
    volume_decided = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Its volume when it was declined; at twice that it is back.",
    )
    came_back_at = models.DateTimeField(
        null=True, blank=True, help_text="When new evidence opened a declined proposal again."
    )
    merged_into = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="wordings",
        help_text="The proposal that says the same in other words and has its evidence too.",
    )
    rivals = models.ManyToManyField(
        "self", blank=True, help_text="Proposals that say otherwise: both cannot be true."
    )
    document_slug = models.CharField(
        max_length=100, blank=True, help_text="The document it went into."
    )
    undo = models.JSONField(
        null=True, blank=True, help_text="{before, after}: what stood in its place in the draft."
    )
    release = models.ForeignKey(
        Release, models.SET_NULL, null=True, blank=True, related_name="proposals"
    )

    class Meta:
        ordering: ClassVar = ["-weight", "-volume", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "fingerprint"],
                condition=models.Q(status="open"),
                name="one_open_proposal_per_fact",
            ),
            models.CheckConstraint(
                condition=models.Q(status="merged", merged_into__isnull=False)
                | (~models.Q(status="merged") & models.Q(merged_into=None)),
                name="a_merged_proposal_names_another",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided it yet."""
        return self.status == self.Status.OPEN

    @transaction.atomic
    def accept(
        self,
        at: datetime,
        by: User | None = None,
        body: str | None = None,
        into: Release | None = None,
        document: DocumentContent | None = None,
        api_key: ApiKey | None = None,
    ) -> Release:
        """Put the proposal into a draft and return it: `into`, else the agent's newest draft, else
        a new one made from the live release.

        It becomes a document of its own, with `body` in the place of the proposed text if given;
        or, with `document`, exactly that document, in the place of the one with its slug. A
        proposal for the prompt is appended to it. WrongStatus when it was decided before or `into`
        is no draft of this agent.
        """
        self.agent.hold()
        self._require_open("accepted")
        draft = into or newest_draft(self.agent)
        start = draft or self.agent.live_release()
        before = content_of(start) if start else Content("")
        after, slug = self.applied_to(before, body or self.body, document)
        if draft is None:
            note = f"From proposals: {self.title}"
            draft, _ = create_draft(self.agent, after, at=at, by=by, note=note, api_key=api_key)
            log_edits(draft, before, after, by, at, why=self.title, proposal=self)
        elif draft.agent_id != self.agent_id:
            raise WrongStatus(str(draft), "edited", "of another agent", [f"of {self.agent.slug}"])
        else:
            edit_draft(draft, after, by, at, api_key=api_key, why=self.title, proposal=self)
        undo = {"before": written(before, slug), "after": written(after, slug)}
        self._close(self.Status.ACCEPTED, at, by, release=draft, document_slug=slug, undo=undo)
        self.note("proposal.accepted", at, by, api_key, f"into {draft}")
        return draft

    @transaction.atomic
    def decline(
        self,
        at: datetime,
        by: User | None,
        reason: str = "",
        api_key: ApiKey | None = None,
        cause: str = Cause.OTHER,
    ) -> None:
        """Say that it is not to be done, and why; the same fact is not proposed again until twice
        as many conversations show it.
        """
        self._require_open("declined")
        self._close(
            self.Status.DECLINED,
            at,
            by,
            decision_cause=cause,
            decision_reason=reason,
            volume_decided=self.volume,
        )
        self.note("proposal.declined", at, by, api_key, self.why)

    @property
    def why(self) -> str:
        """Why it was declined, in words."""
        named = self.decision_cause and self.decision_cause != self.Cause.OTHER
        cause = self.get_decision_cause_display() if named else ""
        return ": ".join(filter(None, [cause, self.decision_reason]))

    def applied_to(
        self, content: Content, body: str, document: DocumentContent | None
    ) -> tuple[Content, str]:
        """The content with this proposal in it, and the slug of its document; the prompt has
        none.
        """
        if self.kind == self.Kind.PROMPT and document is None:
            prompt = "\n\n".join(filter(None, [content.prompt.rstrip(), body]))
            return content.with_prompt(prompt), ""
        if document is None:
            slug = content.free_slug(self.title)
            facts = tuple(self.required_facts)
            document = DocumentContent(slug, self.title, body, self.topic, facts)
        return content.with_document(document), document.slug

    def _require_open(self, step: str) -> None:
        """Refuse the step when the stored row was decided before."""
        self.refresh_from_db(fields=["status"])
        if not self.is_open:
            raise WrongStatus(f"proposal {self.pk}", step, self.status, [self.Status.OPEN])

    def _close(self, status: "Proposal.Status", at: datetime, by: User | None, **more: Any) -> None:
        """Write the decision, unless somebody else wrote one first."""
        columns = {"status": status, "decided_at": at, "decided_by": by, **more}
        rows = Proposal.objects.filter(pk=self.pk, status=self.Status.OPEN)
        if rows.update(**columns) != 1:
            self._require_open(status)
        for name, value in columns.items():
            setattr(self, name, value)

    def note(
        self, action: str, at: datetime, by: User | None, api_key: ApiKey | None, detail: str
    ) -> None:
        """Write what was done with it to the audit trail."""
        workspace, subject = self.agent.workspace, f"proposal {self.pk}: {self.title}"
        record(workspace, action, subject, at=at, user=by, api_key=api_key, detail=detail)


def written(content: Content, slug: str) -> dict[str, Any] | None:
    """What a release says at a place, as it is kept to be put back: the document of the slug, None
    where there is none; the prompt for an empty slug.
    """
    if not slug:
        return {"body": content.prompt}
    there = content.document(slug)
    if there is None:
        return None
    facts = list(there.required_facts)
    return {"title": there.title, "topic": there.topic, "body": there.body, "required_facts": facts}
