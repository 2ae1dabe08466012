"""What each step changed in a draft, part by part, with the texts before and after."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from accounts.models import User
from context.models.edits import Edit
from context.models.releases import Release
from context.releases.changes import ChangeKind, DocumentChange, changes
from context.releases.content import Content

if TYPE_CHECKING:
    from context.models.proposals import Proposal

LONGEST_REASON = 500


def log_edits(
    release: Release,
    before: Content,
    after: Content,
    by: User | None,
    at: datetime,
    *,
    why: str = "",
    proposal: "Proposal | None" = None,
) -> None:
    """Write one row for each part that differs; call it in the transaction of the change."""
    found = changes(before, after)
    edits = [setting_edit(*change) for change in found.settings]
    edits += [document_edit(change, before, after) for change in found.documents]
    if found.prompt:
        part, kind = Edit.Part.PROMPT, Edit.Kind.CHANGED
        edits.append(Edit(part=part, kind=kind, before=before.prompt, after=after.prompt))
    for edit in edits:
        edit.release, edit.by, edit.at, edit.proposal = release, by, at, proposal
        edit.why = why[:LONGEST_REASON]
    Edit.objects.bulk_create(edits)


def setting_edit(name: str, before: Any, after: Any) -> Edit:
    """A setting that differs, its values as JSON; None for one that is not there."""
    kind: ChangeKind = "added" if before is None else "removed" if after is None else "changed"
    texts = [
        "" if value is None else json.dumps(value, ensure_ascii=False) for value in (before, after)
    ]
    return Edit(part=Edit.Part.SETTING, name=name[:200], kind=kind, before=texts[0], after=texts[1])


def document_edit(change: DocumentChange, before: Content, after: Content) -> Edit:
    """A document that differs."""
    old, new = before.document(change.slug), after.document(change.slug)
    return Edit(
        part=Edit.Part.DOCUMENT,
        name=change.slug,
        kind=change.kind,
        before=old.body if old else "",
        after=new.body if new else "",
        detail="; ".join(
            f"{name.replace('_', ' ')}: {one or 'none'} → {other or 'none'}"
            for name, one, other in change.fields
            if change.kind == "changed"
        ),
    )
