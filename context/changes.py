"""What differs between two releases: which documents, and word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from context.content import Content, DocumentContent

Operation = Literal["same", "added", "removed"]
ChangeKind = Literal["added", "removed", "changed"]

# Words, runs of white space, and single other characters: joined they are the text again.
PIECE = re.compile(r"\w+|\s+|[^\w\s]")
MOST_PIECES_EXACT, MOST_PIECES = 2_000, 30_000


@dataclass(frozen=True)
class Passage:
    """A stretch of text that stayed, came or went."""

    operation: Operation
    text: str


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


def word_diff(before: str, after: str) -> list[Passage]:
    """The passages from `before` to `after`, by words; removed text comes before what replaced
    it.

    The texts are got back by joining the passages without the added, or without the removed, ones.
    Whole lines are matched first, so that the cost grows with what changed and not with the text.
    """
    old_lines, new_lines = before.splitlines(keepends=True), after.splitlines(keepends=True)
    passages: list[Passage] = []
    for tag, i1, i2, j1, j2 in _opcodes(old_lines, new_lines):
        old, new = "".join(old_lines[i1:i2]), "".join(new_lines[j1:j2])
        if tag == "equal":
            passages.append(Passage("same", old))
        else:
            passages += _diff_pieces(PIECE.findall(old), PIECE.findall(new))
    return _joined(passages)


def _diff_pieces(old: list[str], new: list[str]) -> list[Passage]:
    """The passages between two lists of words and blanks."""
    passages = []
    for tag, i1, i2, j1, j2 in _opcodes(old, new):
        if tag == "equal":
            passages.append(Passage("same", "".join(old[i1:i2])))
            continue
        if i2 > i1:
            passages.append(Passage("removed", "".join(old[i1:i2])))
        if j2 > j1:
            passages.append(Passage("added", "".join(new[j1:j2])))
    return passages


def _opcodes(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    """difflib's steps from one list to the other; a long rewritten stretch is replaced as a
    whole, where difflib's quadratic search would take minutes.
    """
    longest = max(len(old), len(new))
    if longest > MOST_PIECES:
        return [("replace", 0, len(old), 0, len(new))]
    matcher = SequenceMatcher(None, old, new, autojunk=longest > MOST_PIECES_EXACT)
    return list(matcher.get_opcodes())


def _joined(passages: list[Passage]) -> list[Passage]:
    """Neighbours of one kind as one passage."""
    kept: list[Passage] = []
    for passage in passages:
        if kept and kept[-1].operation == passage.operation:
            kept[-1] = Passage(passage.operation, kept[-1].text + passage.text)
        else:
            kept.append(passage)
    return kept


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
