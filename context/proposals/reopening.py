"""Decisions on proposals that are taken back: by a person, or because new evidence doubled."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.models import ApiKey, User
from context.editing.drafts import edit_draft
from context.models import Proposal, ReleaseStatus
from context.models.proposals import written
from context.refusals import CannotTakeBack, WrongStatus
from context.releases.content import Content, DocumentContent, content_of

GROWN = 2  # times the conversations there were when it was declined
LEAST_NEW = 3  # so that one or two more after a single one do not ask again


@transaction.atomic
def take_back(
    proposal: Proposal, at: datetime, by: User | None, api_key: ApiKey | None = None
) -> None:
    """Undo a decision: the proposal is open again, and out of the draft it went into.

    CannotTakeBack when the place was edited since, when its release is no draft any more, or when
    the same fact was proposed anew; WrongStatus when there is no decision.
    """
    proposal.agent.hold()
    proposal.refresh_from_db()
    decided = [Proposal.Status.ACCEPTED, Proposal.Status.DECLINED]
    if proposal.status not in decided:
        raise WrongStatus(f"proposal {proposal.pk}", "taken back", proposal.status, decided)
    rows = Proposal.objects.filter(agent=proposal.agent_id, status=Proposal.Status.OPEN)
    if same := rows.filter(fingerprint=proposal.fingerprint).first():
        raise CannotTakeBack(f"The same fact is open again, as proposal {same.pk}.")
    if proposal.status == Proposal.Status.ACCEPTED:
        _take_out(proposal, at, by, api_key)
    was = proposal.get_status_display().lower()
    _open(proposal)
    proposal.note("proposal.taken_back", at, by, api_key, f"it was {was}")


def _take_out(proposal: Proposal, at: datetime, by: User | None, api_key: ApiKey | None) -> None:
    """Put back what stood in the draft before the proposal went in."""
    draft = proposal.release
    if draft is None or draft.status != ReleaseStatus.DRAFT or proposal.undo is None:
        where = f"{draft} is {draft.status}" if draft else "its release is gone"
        raise CannotTakeBack(f"It cannot be taken out again: {where}.")
    draft.agent = proposal.agent
    content, slug = content_of(draft), proposal.document_slug
    if written(content, slug) != proposal.undo["after"]:
        raise CannotTakeBack(f"“{slug or 'The prompt'}” was edited since; change it in {draft}.")
    edit_draft(draft, _restored(content, slug, proposal.undo["before"]), by, at, api_key=api_key)


def _restored(content: Content, slug: str, before: dict[str, str] | None) -> Content:
    """The content with what stood at the place before."""
    if before is None:
        return content.without_document(slug)
    if not slug:
        return content.with_prompt(before["body"])
    there = content.document(slug) or DocumentContent(slug, "", "")
    return content.with_document(
        replace(
            there,
            title=before["title"],
            topic=before["topic"],
            body=before["body"],
            required_facts=tuple(before["required_facts"]),
        )
    )


def come_back_if_doubled(proposal: Proposal, at: datetime) -> bool:
    """Open a declined proposal again once twice as many conversations show it; whether it did.

    Who declined it and why stays beside it.
    """
    was = proposal.volume_decided
    declined = proposal.status == Proposal.Status.DECLINED
    if not declined or was is None or proposal.volume < max(GROWN * was, was + LEAST_NEW):
        return False
    proposal.status, proposal.came_back_at = Proposal.Status.OPEN, at
    proposal.save(update_fields=["status", "came_back_at"])
    proposal.note("proposal.came_back", at, None, None, f"{was} → {proposal.volume} conversations")
    return True


def _open(proposal: Proposal) -> None:
    """Make it wait for a decision again, as if there had been none."""
    columns = {
        "status": Proposal.Status.OPEN,
        "decided_at": None,
        "decided_by": None,
        "decision_cause": "",
        "decision_reason": "",
        "volume_decided": None,
        "release": None,
        "document_slug": "",
        "undo": None,
    }
    for name, value in columns.items():
        setattr(proposal, name, value)
    proposal.save(update_fields=columns)
