"""Drafts that were overtaken: what changed meanwhile, what two drafts both change, and merging."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from accounts.models import User
from context.editing.combining import Part, merge, resolved
from context.editing.drafts import edit_draft
from context.models import Agent, Release
from context.refusals import EditConflict, Refused
from context.releases.content import Content, content_hash, content_of
from context.releases.frozen import frozen_content

DRAFTS_SHOWN = 10


@dataclass(frozen=True)
class Meeting:
    """A release that changed what the draft's parent says too, and the parts both change."""

    other: Release
    parts: list[Part]
    behind: bool  # whether the draft was overtaken, not just accompanied

    @property
    def both(self) -> list[Part]:
        """The parts that both change, each in its way."""
        return [part for part in self.parts if part.by_both]


@dataclass(frozen=True)
class DraftState:
    """A draft with what it meets: the live release that overtook it, drafts beside it."""

    draft: Release
    meetings: list[Meeting] = field(default_factory=list)

    @property
    def overtaken_by(self) -> Release | None:
        """The live release, if it is not the one that the draft was made from."""
        return next((one.other for one in self.meetings if one.behind), None)

    @property
    def warning(self) -> str:
        """What is said before it is submitted, or with it where nobody can be asked."""
        live = self.overtaken_by
        if live is None:
            return ""
        return (
            f"{str(live).capitalize()} went live since {self.draft} was made and {self.draft} does "
            "not hold what it changed: published as it is, it would take that back. Merge it on "
            "its page."
        )


def base_of(draft: Release) -> Content:
    """What the draft was made from; nothing for a first draft."""
    return frozen_content(draft.parent) if draft.parent else Content("")


def state_of(draft: Release, agent: Agent) -> DraftState:
    """What the draft meets; a few queries."""
    return _state(draft, agent.live_release(), drafts_of(agent))


def states_of(agent: Agent) -> list[DraftState]:
    """The newest drafts that meet something, for a list."""
    drafts, live = drafts_of(agent), agent.live_release()
    states = [_state(draft, live, drafts) for draft in drafts]
    return [state for state in states if state.meetings]


def drafts_of(agent: Agent) -> list[Release]:
    """The newest drafts, with their documents and parents."""
    rows = agent.releases.filter(status=Release.Status.DRAFT).order_by("-number")
    return list(rows.select_related("parent").prefetch_related("documents")[:DRAFTS_SHOWN])


def last_published(draft: Release) -> Release | None:
    """The last release before the draft that was ever live: a candidate in between holds what it
    changed, so that a draft made from one was not overtaken by it.
    """
    found = draft.parent
    while found is not None and found.published_at is None:
        found = found.parent
    return found


def _state(draft: Release, live: Release | None, drafts: list[Release]) -> DraftState:
    base, mine = base_of(draft), content_of(draft)
    meetings = []
    if live is not None and live != last_published(draft):
        theirs = frozen_content(live)
        if content_hash(theirs) != content_hash(base):
            meetings.append(Meeting(live, merge(base, mine, theirs), behind=True))
    for other in drafts:
        if other.pk != draft.pk and other.parent_id == draft.parent_id:
            meeting = Meeting(other, merge(base, mine, content_of(other)), behind=False)
            if meeting.both:
                meetings.append(meeting)
    return DraftState(draft, meetings)


def seen_hash(draft: Release, other: Release) -> str:
    """What a person who merges has seen of both."""
    return f"{content_hash(content_of(draft))[:32]}{content_hash(content_of(other))[:32]}"


def parts_to_merge(draft: Release, other: Release) -> list[Part]:
    """What differs between the draft, the other release and what the draft was made from."""
    return merge(base_of(draft), content_of(draft), content_of(other))


@transaction.atomic
def merge_into(
    draft: Release,
    other: Release,
    choices: Mapping[str, str],
    seen: str,
    by: User | None,
    at: datetime,
) -> None:
    """Put the other release's changes into the draft, as chosen (`combining.resolved`).

    Merged with a release that is no draft, the draft is one made from it from now on. What stood in
    the draft before is kept in its edits. Raises Undecided, EditConflict when either changed since
    it was seen, WrongStatus when the draft is frozen.
    """
    draft.agent.hold()
    draft.refresh_from_db()
    other.refresh_from_db()
    if draft.agent_id != other.agent_id or draft.pk == other.pk:
        raise Refused("A draft is merged with another release of its agent.")
    if seen != seen_hash(draft, other):
        raise EditConflict(draft.number)
    mine = content_of(draft)
    after = resolved(mine, parts_to_merge(draft, other), choices)
    edit_draft(draft, after, by, at, why=f"Merged with release {other.number}")
    if not other.is_draft:
        draft.parent = other
        draft.save(update_fields=["parent"])
