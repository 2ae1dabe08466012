"""What a person does about a finding of hygiene: mark it fine, set another last day, or take the
document into a draft to edit it or to leave it out.
"""

from datetime import date, datetime

from django.db import transaction

from accounts.audit import record
from accounts.models import User
from context.editing.drafts import edit_draft, newest_draft, open_draft
from context.editing.upkeep import keep
from context.models import Agent, FineMark, Release
from context.refusals import Refused
from context.releases.content import content_of


@transaction.atomic
def mark_fine(
    agent: Agent, kind: str, subject: str, reason: str, until: date, by: User, at: datetime
) -> None:
    """Say that a finding is fine until a day, and why; it is shown again after it."""
    agent.fine_marks.create(kind=kind, subject=subject, reason=reason, until=until, by=by, at=at)
    detail = f"{kind}, until {until:%Y-%m-%d}: {reason}"
    _note(agent, "document.fine", subject, by, at, detail)


@transaction.atomic
def show_again(agent: Agent, mark: FineMark, by: User, at: datetime) -> None:
    """Take back that a finding is fine."""
    marks = agent.fine_marks.filter(kind=mark.kind, subject=mark.subject)
    marks.delete()
    _note(agent, "document.not_fine", mark.subject, by, at, mark.kind)


@transaction.atomic
def extend(agent: Agent, slug: str, last: date | None, by: User, at: datetime) -> None:
    """Give a document another last day, or none."""
    agent.hold()
    keep(agent, {slug: {"expires_on": last}}, at=at, by=by)


@transaction.atomic
def draft_with(agent: Agent, slug: str, by: User, at: datetime) -> Release:
    """The newest draft that holds the document, or a new one made from the live release."""
    draft = newest_draft(agent)
    if draft is None or not draft.documents.filter(slug=slug).exists():
        draft = open_draft(agent, at=at, by=by)
    if not draft.documents.filter(slug=slug).exists():
        raise Refused(f"No document called {slug} is live.")
    draft.agent = agent
    return draft


@transaction.atomic
def retire(agent: Agent, slug: str, why: str, by: User, at: datetime) -> Release:
    """Leave the document out in a draft; customers notice when that is published."""
    draft = draft_with(agent, slug, by, at)
    content = content_of(draft)
    return edit_draft(draft, content.without_document(slug), by, at, why=why)


def _note(agent: Agent, action: str, subject: str, by: User, at: datetime, detail: str) -> None:
    named = f"documents {subject} of {agent.slug}"
    record(agent.workspace, action, named, at=at, user=by, detail=detail)
