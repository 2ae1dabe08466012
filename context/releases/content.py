"""Everything a release tells the agent, as one plain value, and the hash that names it."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from django.utils.text import slugify

if TYPE_CHECKING:
    from context.models import Release

MOST_OF_SLUG = 90


@dataclass(frozen=True)
class DocumentContent:
    """One topic of what the agent knows."""

    slug: str
    title: str
    body: str
    topic: str = ""
    required_facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Content:
    """Prompt, settings (JSON values) and documents; the order of the documents means nothing."""

    prompt: str
    settings: dict[str, Any] = field(default_factory=dict)
    documents: tuple[DocumentContent, ...] = ()

    def document(self, slug: str) -> DocumentContent | None:
        """The document of this slug, if there is one."""
        return next((document for document in self.documents if document.slug == slug), None)

    def with_document(self, document: DocumentContent, instead_of: str = "") -> "Content":
        """This content with the document added, or in the place of the one with its slug (or with
        the slug `instead_of`).
        """
        gone = {document.slug, instead_of}
        kept = tuple(other for other in self.documents if other.slug not in gone)
        return replace(self, documents=tuple(sorted((*kept, document), key=by_slug)))

    def with_prompt(self, prompt: str) -> "Content":
        """This content with another prompt."""
        return replace(self, prompt=prompt)

    def without_document(self, slug: str) -> "Content":
        """This content without the document of this slug."""
        return replace(self, documents=tuple(d for d in self.documents if d.slug != slug))

    def free_slug(self, title: str) -> str:
        """A slug made from the title that no document has yet: `returns`, `returns-2`, …"""
        stem = slugify(title)[:MOST_OF_SLUG].strip("-") or "document"
        taken = {document.slug for document in self.documents}
        numbered = (f"{stem}-{number}" for number in count(2))
        return next(slug for slug in chain([stem], numbered) if slug not in taken)


def by_slug(document: DocumentContent) -> str:
    """The key by which documents are sorted."""
    return document.slug


def content_of(release: "Release") -> Content:
    """What a release holds now; two queries at most, one of them saved when documents are
    prefetched.
    """
    documents = (
        DocumentContent(row.slug, row.title, row.body, row.topic, tuple(row.required_facts))
        for row in release.documents.all()
    )
    return Content(release.prompt, release.settings, tuple(documents))


def content_hash(content: Content) -> str:
    """SHA-256 in hex of the content as canonical JSON: keys sorted, documents by slug.

    Equal content has an equal hash in whatever order it was given; any other byte changes it.
    """
    documents = [asdict(document) for document in sorted(content.documents, key=by_slug)]
    plain = {"prompt": content.prompt, "settings": content.settings, "documents": documents}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
