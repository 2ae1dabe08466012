"""Edits of one part of a draft: two people may work on two documents at once, not on one."""

from datetime import datetime

from accounts.models import User
from context.editing.drafts import edit_draft
from context.models import Release
from context.refusals import EditConflict
from context.releases.content import Content, DocumentContent, content_hash, content_of


def prompt_hash(content: Content) -> str:
    """The hash of prompt and settings."""
    return content_hash(Content(content.prompt, content.settings))


def document_hash(document: DocumentContent | None) -> str:
    """The hash of one document; empty for one that is not there."""
    return content_hash(Content("", {}, (document,))) if document else ""


def edit_prompt(
    release: Release,
    new: Content,
    seen: str,
    by: User | None,
    at: datetime,
    note: str,
    why: str = "",
) -> None:
    """Put prompt, settings and note of `new` into the draft.

    EditConflict when somebody changed them since they hashed to `seen`; WrongStatus when the
    release is no draft.
    """
    now = content_of(release)
    if prompt_hash(now) != seen:
        raise EditConflict(release.number)
    content = Content(new.prompt, new.settings, now.documents)
    edit_draft(release, content, by, at, seen_hash=release.content_hash, note=note, why=why)


def edit_document(
    release: Release,
    slug: str,
    document: DocumentContent | None,
    seen: str,
    by: User | None,
    at: datetime,
    why: str = "",
) -> None:
    """Put `document` in the place of the one called `slug` (empty: add it; None: remove that one).

    EditConflict when the document changed since it hashed to `seen`; WrongStatus when the release
    is no draft. The caller sees to it that a new slug is free.
    """
    now = content_of(release)
    if document_hash(now.document(slug)) != seen:
        raise EditConflict(release.number)
    if document is None:
        content = now.without_document(slug)
    else:
        content = now.with_document(document, instead_of=slug)
    edit_draft(release, content, by, at, seen_hash=release.content_hash, why=why)
