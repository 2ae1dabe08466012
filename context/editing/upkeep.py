"""Owner, last day and source of documents: of the document in every release, and no part of what
the agent is told. Changes hold at once and stand in the audit trail.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from accounts.audit import record
from accounts.models import ApiKey, Member, User
from context.models.agents import Agent
from context.models.documents import Document
from context.models.release_status import ReleaseStatus
from context.models.upkeep import Upkeep
from context.refusals import UnknownOwner

SOON = timedelta(days=14)
UPKEEP = ("owner", "expires_on", "source")
# By slug: what is said of owner (a username), expires_on and source. A name left out stays as it
# is, None clears it.
Given = Mapping[str, Mapping[str, Any]]


def upkeep_of(agent: Agent) -> dict[str, Upkeep]:
    """What is known of the agent's documents, by slug."""
    return {row.slug: row for row in agent.upkeep.select_related("owner")}


def keep(
    agent: Agent,
    given: Given,
    *,
    at: datetime,
    by: User | None = None,
    api_key: ApiKey | None = None,
) -> None:
    """Write what is said of the documents; call it in a transaction, with the agent held.

    Raises UnknownOwner for a name that is no member of the workspace.
    """
    said = {slug: row for slug, row in given.items() if row}
    if not said:
        return
    owners = _owners(agent, said)
    known = upkeep_of(agent)
    for slug, row in said.items():
        there = known.get(slug) or Upkeep(agent=agent, slug=slug)
        before = sentence(there)
        if "owner" in row:
            there.owner = owners[row["owner"]] if row["owner"] else None
        if "expires_on" in row:
            there.expires_on = row["expires_on"]
        if "source" in row:
            there.source = row["source"] or ""
        if (after := sentence(there)) != before:
            there.save()
            subject, detail = f"document {slug} of {agent.slug}", f"{before} → {after}"
            record(
                agent.workspace,
                "document.kept",
                subject,
                at=at,
                user=by,
                api_key=api_key,
                detail=detail,
            )


def _owners(agent: Agent, said: Given) -> dict[str, User]:
    """The members named, by username; UnknownOwner names the first that is none."""
    names = {row["owner"]: slug for slug, row in said.items() if row.get("owner")}
    members = Member.objects.filter(workspace=agent.workspace, user__username__in=names)
    owners = {member.user.username: member.user for member in members.select_related("user")}
    for name, slug in names.items():
        if name not in owners:
            raise UnknownOwner(slug, name)
    return owners


def sentence(row: Upkeep) -> str:
    """The upkeep in one line; `none` when nothing is known."""
    parts = [
        f"owner {row.owner.username}" if row.owner else "",
        f"until {row.expires_on:%Y-%m-%d}" if row.expires_on else "",
        f"from {row.source}" if row.source else "",
    ]
    return ", ".join(filter(None, parts)) or "none"


def expiring_count(agent: Agent, today: date) -> int:
    """Documents of the live release whose last day is over or within the next days; one query."""
    live = Document.objects.filter(release__agent=agent, release__status=ReleaseStatus.LIVE)
    near = agent.upkeep.filter(expires_on__lte=today + SOON, slug__in=live.values("slug"))
    return near.count()
