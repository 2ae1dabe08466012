"""The shapes of what REST answers about releases and proposals, for OpenAPI."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel


class CheckOut(BaseModel):
    """A check; the newest of a name counts."""

    name: str
    status: str
    summary: str
    numbers: dict[str, Any]
    url: str
    created_at: datetime


class CheckList(BaseModel):
    """The check that counts for each name."""

    data: list[CheckOut]


class DocumentOut(BaseModel):
    """A document of a release."""

    slug: str
    title: str
    topic: str
    body: str
    required_facts: list[str]


class KeptDocumentOut(DocumentOut):
    """A document with its upkeep, which belongs to it in every release."""

    owner: str | None
    expires_on: date | None
    source: str | None


class ReleaseRow(BaseModel):
    """A release in a list."""

    number: int
    status: str
    parent: int | None
    labels: list[str]
    note: str
    content_hash: str
    created_by: str | None
    created_at: datetime
    submitted_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str
    published_by: str | None
    published_at: datetime | None
    retired_at: datetime | None


class ReleaseOut(ReleaseRow):
    """A release with its content and evidence."""

    prompt: str
    settings: dict[str, Any]
    documents: list[KeptDocumentOut]
    checks: list[CheckOut]
    missing_checks: list[str]


class SubmittedOut(ReleaseOut):
    """A submitted release; `warning` is empty unless `overtaken_by` went live meanwhile."""

    warning: str
    overtaken_by: int | None


class ReleaseList(BaseModel):
    """A page of releases."""

    data: list[ReleaseRow]
    next_cursor: str | None


class SplitOut(BaseModel):
    """What an agent needs to choose by itself: docs/rollout.md gives the rule.

    `share` is in percent; the content of `release` never changes.
    """

    release: int
    share: int
    salt: str


class FilesOut(BaseModel):
    """The files of a release: path to text."""

    number: int
    status: str
    content_hash: str
    files: dict[str, str]


class LabelOut(BaseModel):
    """A label and the release it names, or once named."""

    name: str
    release: int
    since: datetime
    until: datetime | None
    by: str | None


class LabelList(BaseModel):
    """The labels that name a release now, by name; or the history of one, the newest first."""

    data: list[LabelOut]


class LiveOut(BaseModel):
    """What a running agent works with. `arm` is the side of the customer who was named."""

    number: int
    content_hash: str
    published_at: datetime
    prompt: str
    settings: dict[str, Any]
    documents: list[DocumentOut]
    rollout: SplitOut | None
    arm: Literal["new", "live"] | None


class PassageOut(BaseModel):
    """A stretch of text: `same`, `added` or `removed`."""

    operation: str
    text: str


class FieldChange(BaseModel):
    """A setting or field that differs."""

    name: str
    before: Any
    after: Any


class DocumentDiff(BaseModel):
    """A document that differs: `added`, `removed` or `changed`."""

    slug: str
    title: str
    kind: str
    body: list[PassageOut]
    fields: list[FieldChange]


class DiffOut(BaseModel):
    """What differs from one release to another."""

    before: int
    after: int
    prompt: list[PassageOut]
    settings: list[FieldChange]
    documents: list[DocumentDiff]


class AnswerOut(BaseModel):
    """What a release does about a conversation, and what the answer took."""

    release: int
    action: str
    reply: str
    sources: list[str]
    reason: str
    missing_facts: list[str]
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: str
    latency_ms: int


class ProposalOut(BaseModel):
    """A proposal with its evidence and what the live documents say about it. `asked` are
    conversations of the four weeks up to `asked_until` that asked this.
    """

    id: int
    kind: str
    status: str
    source: str
    topic: str
    title: str
    body: str
    required_facts: list[str]
    evidence: list[dict[str, Any]]
    volume: int
    failures: int
    asked: int
    asked_failed: int
    asked_until: date | None
    conflicts: list[dict[str, Any]]
    created_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_cause: str
    decision_reason: str
    came_back_at: datetime | None
    document_slug: str
    merged_into: int | None
    rivals: list[int]
    wordings: list[int]
    release: int | None


class ProposalList(BaseModel):
    """A page of proposals, the most useful first."""

    data: list[ProposalOut]
    next_cursor: str | None
