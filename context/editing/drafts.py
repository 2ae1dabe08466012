"""Drafts: where content is pushed and edited until it is submitted."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Case, Max, When

from accounts.audit import record
from accounts.models import ApiKey, User
from context.editing.log import log_edits
from context.editing.upkeep import Given, keep
from context.files.sources import inherit_files
from context.models.agents import Agent
from context.models.documents import Document
from context.models.release_status import ReleaseStatus
from context.models.releases import Release
from context.refusals import EditConflict, NoSuchParent, ParentNotNewest, WrongStatus
from context.releases.changes import changes, summary
from context.releases.content import Content, DocumentContent, content_hash, content_of

if TYPE_CHECKING:
    from context.models.proposals import Proposal


@transaction.atomic
def create_draft(
    agent: Agent,
    content: Content,
    *,
    at: datetime,
    by: User | None = None,
    note: str = "",
    parent: Release | None = None,
    api_key: ApiKey | None = None,
    upkeep: Given | None = None,
    newest: int | None = None,
) -> tuple[Release, bool]:
    """A new draft of this content and True; or the release that already holds it and False.

    `parent` is the release it was made from, the live one unless given. With `newest`, the number
    of the newest release that the maker knows, which is the parent then, a draft over a newer one
    is refused (ParentNotNewest). What `upkeep` says of the
    documents' owners, last days and sources holds at once; UnknownOwner refuses all of it.
    """
    agent.hold()
    keep(agent, upkeep or {}, at=at, by=by, api_key=api_key)
    digest = content_hash(content)
    if same := same_content(agent, digest):
        return same, False
    if newest is not None:
        parent = newest_release(agent, newest)
    release = insert(agent, content, digest, at=at, by=by, note=note, parent=parent)
    note_in_trail(release, "release.drafted", at, by, api_key, note)
    return release, True


def newest_release(agent: Agent, number: int) -> Release:
    """The release of this number, if none is newer; the agent is held."""
    kept = agent.releases.exclude(status=ReleaseStatus.DISCARDED)
    newest = kept.order_by("-number").first()
    if newest is None or number > newest.number:
        raise NoSuchParent(number)
    if newest.number != number:
        raise ParentNotNewest(number, newest.number)
    return newest


def same_content(agent: Agent, digest: str) -> Release | None:
    """The release that holds this content: a frozen one before any draft, the newest first."""
    drafts_last = Case(When(status=ReleaseStatus.DRAFT, then=1), default=0)
    found = agent.releases.exclude(status=ReleaseStatus.DISCARDED).filter(content_hash=digest)
    return found.order_by(drafts_last, "-number").first()


@transaction.atomic
def open_draft(
    agent: Agent,
    *,
    at: datetime,
    by: User | None = None,
    parent: Release | None = None,
    note: str = "",
) -> Release:
    """A draft to be edited, which starts as a copy of `parent`, the live release unless given."""
    agent.hold()
    parent = parent or agent.live_release()
    content = content_of(parent) if parent else Content("")
    digest = content_hash(content)
    release = insert(agent, content, digest, at=at, by=by, note=note, parent=parent)
    note_in_trail(release, "release.drafted", at, by, None, f"from {parent}" if parent else "")
    return release


def newest_draft(agent: Agent) -> Release | None:
    """The draft to which accepted proposals go."""
    return agent.releases.filter(status=ReleaseStatus.DRAFT).order_by("-number").first()


@transaction.atomic
def edit_draft(
    release: Release,
    content: Content,
    by: User | None,
    at: datetime,
    *,
    seen_hash: str = "",
    note: str | None = None,
    api_key: ApiKey | None = None,
    why: str = "",
    proposal: "Proposal | None" = None,
) -> Release:
    """Put `content` in the place of what the draft holds, and keep what stood there (`Edit`) with
    the reason `why`.

    With `seen_hash`, the hash of what the editor read, a draft that was changed meanwhile raises
    EditConflict; WrongStatus when the content is frozen.
    """
    release.agent.hold()
    release.refresh_from_db()
    if not release.is_draft:
        raise WrongStatus(str(release), "edited", release.status, [ReleaseStatus.DRAFT])
    if seen_hash and seen_hash != release.content_hash:
        raise EditConflict(release.number)
    before = content_of(release)
    release.prompt, release.settings = content.prompt, content.settings
    release.content_hash = content_hash(content)
    if note is not None:
        release.note = note
    release.save(update_fields=["prompt", "settings", "content_hash", "note"])
    replace_documents(release, before.documents, content.documents)
    log_edits(release, before, content, by, at, why=why, proposal=proposal)
    if changed := summary(changes(before, content)):
        note_in_trail(release, "release.edited", at, by, api_key, changed)
    return release


def insert(
    agent: Agent,
    content: Content,
    digest: str,
    *,
    at: datetime,
    by: User | None,
    note: str,
    parent: Release | None,
) -> Release:
    """Write the rows of a new draft under the agent's next number; the agent is held."""
    last: int = agent.releases.aggregate(last=Max("number"))["last"] or 0
    release = Release.objects.create(
        agent=agent,
        number=last + 1,
        parent=parent or agent.live_release(),
        prompt=content.prompt,
        settings=content.settings,
        note=note,
        content_hash=digest,
        created_by=by,
        created_at=at,
    )
    replace_documents(release, (), content.documents)
    inherit_files(release)
    return release


def replace_documents(
    release: Release,
    before: tuple[DocumentContent, ...],
    after: tuple[DocumentContent, ...],
) -> None:
    """Delete, change and add only the documents that differ."""
    old = {document.slug: document for document in before}
    new = {document.slug: document for document in after}
    Document.objects.filter(release=release, slug__in=old.keys() - new.keys()).delete()
    for slug in old.keys() & new.keys():
        if old[slug] != new[slug]:
            Document.objects.filter(release=release, slug=slug).update(**columns(new[slug]))
    added = [document for document in after if document.slug not in old]
    Document.objects.bulk_create(Document(release=release, **columns(row)) for row in added)


def columns(document: DocumentContent) -> dict[str, Any]:
    """The columns of a document's row."""
    return {
        "slug": document.slug,
        "title": document.title,
        "topic": document.topic,
        "body": document.body,
        "required_facts": list(document.required_facts),
    }


def note_in_trail(
    release: Release,
    action: str,
    at: datetime,
    by: User | None,
    api_key: ApiKey | None,
    detail: str,
) -> None:
    """Write to the audit trail what happened to a draft."""
    agent = release.agent
    subject = f"{release} of {agent.slug}"
    record(agent.workspace, action, subject, at=at, user=by, api_key=api_key, detail=detail)
