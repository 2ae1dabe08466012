"""What differs between two releases: prompt, settings, and which documents."""

from dataclasses import dataclass
from typing import Any, Literal

from context.editing.word_diff import Passage, word_diff
from context.releases.content import Content, DocumentContent

ChangeKind = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class DocumentChange:
    """One document that differs; `body` holds its text word by word, `fields` what else changed as
    (name, before, after).
    """

    slug: str
    title: str
    kind: ChangeKind
    body: list[Passage]
    fields: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Changes:
    """All that differs from one content to another; `prompt` is empty when it is the same."""

    prompt: list[Passage]
    settings: list[tuple[str, Any, Any]]
    documents: list[DocumentChange]

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.prompt or self.settings or self.documents)


def changes(before: Content, after: Content) -> Changes:
    """What differs from `before` to `after`; documents in the order of their slugs."""
    keys = sorted(before.settings.keys() | after.settings.keys())
    settings = [
        (key, before.settings.get(key), after.settings.get(key))
        for key in keys
        if before.settings.get(key) != after.settings.get(key)
    ]
    prompt = word_diff(before.prompt, after.prompt) if before.prompt != after.prompt else []
    return Changes(prompt, settings, _document_changes(before, after))


def _document_changes(before: Content, after: Content) -> list[DocumentChange]:
    old = {document.slug: document for document in before.documents}
    new = {document.slug: document for document in after.documents}
    return [
        document_change(old.get(slug), new.get(slug))
        for slug in sorted(old.keys() | new.keys())
        if old.get(slug) != new.get(slug)
    ]


def document_change(old: DocumentContent | None, new: DocumentContent | None) -> DocumentChange:
    """The change of one document, of which at least one side exists."""
    there = new or old
    assert there is not None
    kind: ChangeKind = "changed" if old and new else "added" if new else "removed"
    body = word_diff(old.body if old else "", new.body if new else "")
    fields = [
        (name, _field(old, name), _field(new, name))
        for name in ("title", "topic", "required_facts")
        if _field(old, name) != _field(new, name)
    ]
    return DocumentChange(there.slug, there.title, kind, body, fields)


def _field(document: DocumentContent | None, name: str) -> str:
    value = getattr(document, name, "")
    return value if isinstance(value, str) else ", ".join(value)


def summary(difference: Changes) -> str:
    """The change in one line: `prompt; + returns; - shipping; ~ sizes`. Empty when nothing
    differs.
    """
    parts = ["prompt"] if difference.prompt else []
    parts += [f"settings.{key}" for key, _, _ in difference.settings]
    signs = {"added": "+", "removed": "-", "changed": "~"}
    parts += [f"{signs[change.kind]} {change.slug}" for change in difference.documents]
    return "; ".join(parts)
