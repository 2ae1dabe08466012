"""The history of a case over all its versions: who changed what, word by word."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from context.editing.word_diff import Passage, word_diff
from testing.models import Case, CaseBatch, CaseChange

LABELS = {
    "status": "Status",
    "owner": "Owner",
    "flaky_reason": "Flaky because",
    "turns": "Conversation",
    "document_slug": "Document",
    "must_not": "Must not say",
}
MOST_SHOWN = 50


@dataclass(frozen=True)
class Entry:
    """One change: fields by their label with the passages that stayed, came and went."""

    at: datetime | None
    by: User | None
    batch: CaseBatch | None
    fields: list[tuple[str, list[Passage]]]
    left_out: list[str]
    is_new: bool = False


def history(case: Case) -> list[Entry]:
    """What was done to the case of this key in its suite, newest first; at the end, its beginning.

    A change since a run made a new version, a row of its own; the history is that of all.
    """
    versions = Case.objects.filter(suite=case.suite_id, key=case.key)
    changes = CaseChange.objects.filter(case__in=versions).select_related("by", "batch")
    found = [_entry(change) for change in changes[:MOST_SHOWN]]
    first = versions.select_related("created_by").order_by("id")[0]
    if not any(entry.is_new for entry in found):
        found.append(Entry(first.created_at, first.created_by, None, [], [], is_new=True))
    return found


def _entry(change: CaseChange) -> Entry:
    names = [name for name in change.before if name in change.after]
    fields = [
        (
            LABELS.get(name, name.replace("_", " ").capitalize()),
            word_diff(in_words(change.before[name]), in_words(change.after[name])),
        )
        for name in names
    ]
    left_out = change.after.get("left_out", [])
    is_new = not change.before
    return Entry(change.at, change.by, change.batch, fields, left_out, is_new)


def in_words(value: Any) -> str:
    """A value as a text to compare: a list one entry a line."""
    match value:
        case None:
            return "nobody"
        case bool():
            return "yes" if value else "no"
        case list():
            return "\n".join(map(in_words, value))
        case {"author": author, "text": text}:
            return f"{author}: {text}"
        case dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)
