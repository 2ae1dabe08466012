"""Everything a release tells the agent, as one plain value, and the hash that names it."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from context.models import Release


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
    documents = sorted((asdict(document) for document in content.documents), key=_slug)
    plain = {"prompt": content.prompt, "settings": content.settings, "documents": documents}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _slug(document: dict[str, Any]) -> str:
    return str(document["slug"])
