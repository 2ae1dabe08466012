"""Drafts that are set aside: nothing of them is lost, and they may be brought back."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import ApiKey, User
from context.editing.drafts import note_in_trail
from context.models import Proposal, Release
from context.releases.labels import current_labels, take_label


@transaction.atomic
def discard(
    release: Release,
    at: datetime,
    by: User | None = None,
    reason: str = "",
    api_key: ApiKey | None = None,
) -> None:
    """Set a draft aside with its content and edits. WrongStatus for a release that is no draft.

    The proposals that went into it wait for a decision again, and remember where they were; its
    labels name nothing any more.
    """
    release.agent.hold()
    release.discard(at, by, reason)
    for label in current_labels(release.agent).filter(release=release):
        take_label(release.agent, label.name, at, by, api_key)
    open_again(proposals_of(release, Proposal.Status.ACCEPTED))
    note_in_trail(release, "release.discarded", at, by, api_key, reason)


def open_again(accepted: QuerySet[Proposal]) -> None:
    """Let accepted proposals wait again, but for facts that wait already: proposed anew meanwhile,
    or twice among them.
    """
    for proposal in accepted.order_by("id"):
        same = Proposal.objects.filter(
            agent=proposal.agent_id, fingerprint=proposal.fingerprint, status=Proposal.Status.OPEN
        )
        if not same.exists():
            Proposal.objects.filter(pk=proposal.pk).update(status=Proposal.Status.OPEN)


@transaction.atomic
def bring_back(
    release: Release,
    at: datetime,
    by: User | None = None,
    api_key: ApiKey | None = None,
) -> None:
    """Make a discarded draft one again; proposals of it that nobody has decided since are accepted
    as they were.
    """
    release.agent.hold()
    release.bring_back()
    proposals_of(release, Proposal.Status.OPEN).update(status=Proposal.Status.ACCEPTED)
    note_in_trail(release, "release.brought_back", at, by, api_key, "")


def proposals_of(release: Release, status: Proposal.Status) -> QuerySet[Proposal]:
    """The proposals of one status that went into the release."""
    return Proposal.objects.filter(release=release, status=status)
