"""Suggested changes of context or prompt, with their evidence."""

from datetime import datetime
from typing import ClassVar

from django.db import models, transaction
from django.db.models import F

from accounts.audit import record
from accounts.models import ApiKey, User
from context.content import Content, DocumentContent, content_of
from context.drafts import create_draft, edit_draft, newest_draft
from context.edit_log import log_edits
from context.models.agents import Agent
from context.models.releases import Release
from context.refusals import WrongStatus


class Proposal(models.Model):
    """A suggested change of context or prompt, with its evidence."""

    class Kind(models.TextChoices):
        DOCUMENT = "document"
        PROMPT = "prompt"

    class Status(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DECLINED = "declined"

    class Source(models.TextChoices):
        VERDICT = "verdict"
        CAPTURE = "capture"
        PERSON = "person"

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
    weight = models.GeneratedField(
        expression=F("volume") * (F("failures") + 1),
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
    decision_reason = models.TextField(blank=True)
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
            )
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
        after = self._applied_to(before, body or self.body, document)
        if draft is None:
            note = f"From proposals: {self.title}"
            draft, _ = create_draft(self.agent, after, at=at, by=by, note=note, api_key=api_key)
            log_edits(draft, before, after, by, at, why=self.title, proposal=self)
        elif draft.agent_id != self.agent_id:
            raise WrongStatus(str(draft), "edited", "of another agent", [f"of {self.agent.slug}"])
        else:
            edit_draft(draft, after, by, at, api_key=api_key, why=self.title, proposal=self)
        self._close(self.Status.ACCEPTED, at, by, "", draft)
        self._note("proposal.accepted", at, by, api_key, f"into {draft}")
        return draft

    @transaction.atomic
    def decline(
        self, at: datetime, by: User | None, reason: str, api_key: ApiKey | None = None
    ) -> None:
        """Say that it is not to be done, and why; the same fact is not proposed again."""
        self._require_open("declined")
        self._close(self.Status.DECLINED, at, by, reason, None)
        self._note("proposal.declined", at, by, api_key, reason)

    def _applied_to(self, content: Content, body: str, document: DocumentContent | None) -> Content:
        """The content with this proposal in it."""
        if self.kind == self.Kind.PROMPT and document is None:
            return content.with_prompt("\n\n".join(filter(None, [content.prompt.rstrip(), body])))
        if document is None:
            slug = content.free_slug(self.title)
            facts = tuple(self.required_facts)
            document = DocumentContent(slug, self.title, body, self.topic, facts)
        return content.with_document(document)

    def _require_open(self, step: str) -> None:
        """Refuse the step when the stored row was decided before."""
        self.refresh_from_db(fields=["status"])
        if not self.is_open:
            raise WrongStatus(f"proposal {self.pk}", step, self.status, [self.Status.OPEN])

    def _close(
        self,
        status: "Proposal.Status",
        at: datetime,
        by: User | None,
        reason: str,
        release: Release | None,
    ) -> None:
        """Write the decision, unless somebody else wrote one first."""
        columns = {
            "status": status,
            "decided_at": at,
            "decided_by": by,
            "decision_reason": reason,
            "release": release,
        }
        rows = Proposal.objects.filter(pk=self.pk, status=self.Status.OPEN)
        if rows.update(**columns) != 1:
            self._require_open(status)
        for name, value in columns.items():
            setattr(self, name, value)

    def _note(
        self, action: str, at: datetime, by: User | None, api_key: ApiKey | None, detail: str
    ) -> None:
        """Write the decision to the audit trail."""
        workspace, subject = self.agent.workspace, f"proposal {self.pk}: {self.title}"
        record(workspace, action, subject, at=at, user=by, api_key=api_key, detail=detail)
