"""Proposals that say the same in other words: one of them stands for all, and keeps their evidence.

A wording that was merged stays a row with its own evidence, so that a person can take it out again.
What the standing proposal has from a wording is marked `from` in its evidence.
"""

from datetime import datetime

from django.db import transaction

from accounts.models import ApiKey, User
from context.models import Proposal
from context.refusals import CannotMerge, WrongStatus


@transaction.atomic
def merge(
    kept: Proposal,
    other: Proposal,
    at: datetime,
    by: User | None,
    api_key: ApiKey | None = None,
) -> None:
    """Let `kept` stand for `other` as well; both are open.

    CannotMerge for one and the same, or for a change
    of context and one of the prompt; WrongStatus when one was decided before.
    """
    kept.agent.hold()
    if kept.pk == other.pk or kept.kind != other.kind or kept.agent_id != other.agent_id:
        raise CannotMerge("Two different proposals of one kind can be merged.")
    for one in (kept, other):
        one.refresh_from_db()
        if not one.is_open:
            raise WrongStatus(f"proposal {one.pk}", "merged", one.status, [Proposal.Status.OPEN])
    kept.rivals.remove(other)
    join(kept, other)
    kept.note("proposal.merged", at, by, api_key, f"with proposal {other.pk}: {other.title}")


@transaction.atomic
def split(
    wording: Proposal, at: datetime, by: User | None, api_key: ApiKey | None = None
) -> Proposal:
    """Take a wording out again, to be decided on its own. It stays out: wordings are merged by
    themselves only when they are first proposed.

    Returns the proposal it was part of. WrongStatus when it is not merged, or what it is part of
    was decided.
    """
    wording.agent.hold()
    wording.refresh_from_db()
    kept = wording.merged_into
    if kept is None:
        needed = [Proposal.Status.MERGED]
        raise WrongStatus(f"proposal {wording.pk}", "taken out", wording.status, needed)
    if not kept.is_open:
        raise WrongStatus(f"proposal {kept.pk}", "split", kept.status, [Proposal.Status.OPEN])
    kept.agent = wording.agent
    part(kept, wording)
    wording.merged_into, wording.status = None, Proposal.Status.OPEN
    wording.save(update_fields=["merged_into", "status"])
    wording.note("proposal.split", at, by, api_key, f"from proposal {kept.pk}: {kept.title}")
    return kept


def join(kept: Proposal, other: Proposal) -> None:
    """Make `other`, and what it stands for, wordings of `kept`; the agent is held."""
    for wording in [*other.wordings.all(), other]:
        if wording != other:
            part(other, wording)
        wording.merged_into, wording.status = kept, Proposal.Status.MERGED
        wording.save(update_fields=["merged_into", "status"])
        add_evidence(kept, wording)


def add_evidence(kept: Proposal, wording: Proposal) -> None:
    """Count what a wording shows in the proposal that stands for it; a conversation counts once."""
    own = {row["conversation"] for row in kept.evidence}
    fresh = [row for row in wording.evidence if row["conversation"] not in own]
    kept.evidence += [row | {"from": wording.pk} for row in fresh]
    kept.required_facts = list(dict.fromkeys([*kept.required_facts, *wording.required_facts]))
    _count(kept, wording, len(fresh), 1)


def part(kept: Proposal, wording: Proposal) -> None:
    """Take what was counted from a wording out of the proposal that stood for it."""
    rest = [row for row in kept.evidence if row.get("from") != wording.pk]
    gone = len(kept.evidence) - len(rest)
    kept.evidence = rest
    _count(kept, wording, gone, -1)


def _count(kept: Proposal, wording: Proposal, fresh: int, sign: int) -> None:
    """Add or take away the conversations of a wording that the other does not have itself."""
    counted = max(0, wording.volume - (len(wording.evidence) - fresh))
    kept.volume = max(len(kept.evidence), kept.volume + sign * counted)
    kept.failures = max(0, kept.failures + sign * min(wording.failures, counted))
    kept.save(update_fields=["evidence", "volume", "failures", "required_facts"])
