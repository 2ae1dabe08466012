"""Pages to read: the documents in use, the list of releases, and one release with its evidence."""

from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Member, Role
from accounts.pagination import neighbours, page
from context.access import agent_page
from context.editing.drafts import newest_draft
from context.editing.rebase import state_of, states_of
from context.editing.variables import unknown_variables
from context.impacts.measuring import newest_impacts, newest_of
from context.impacts.wording import measured_by, summary
from context.models import Agent, Check, Impact, Release
from context.releases.changes import Changes, changes
from context.releases.checks import checks_by_release, latest_checks
from context.releases.content import Content, content_of
from context.releases.labels import CURRENT_LABELS, current_labels
from context.releases.lifecycle import earlier_release
from context.rollouts.planning import outlook

ORDER = ("-number",)
PEOPLE = ("parent", "created_by", "decided_by", "published_by")


def member_of(request: HttpRequest) -> Member:
    """The membership that `agent_page` found."""
    member: Member = request.member  # type: ignore[attr-defined]
    return member


def roles(request: HttpRequest) -> dict[str, bool]:
    """What the templates need to know of the person."""
    member = member_of(request)
    return {"may_manage": member.may(Role.MANAGER), "is_admin": member.may(Role.ADMIN)}


def find_release(agent: Agent, number: int) -> Release:
    """A release of this agent by its number, or 404."""
    release = agent.releases.select_related(*PEOPLE).filter(number=number).first()
    if release is None:
        raise Http404
    release.agent = agent
    return release


def tabs(agent: Agent, shown: Release | None) -> dict[str, int]:
    """The numbers beside the tabs."""
    return {
        "documents": shown.documents.count() if shown else 0,
        "releases": agent.releases.count(),
        "proposals": agent.proposals.filter(status="open").count(),
    }


@agent_page(Role.VIEWER)
@require_safe
def index(request: HttpRequest, agent: Agent) -> HttpResponse:
    """What the agent is told now, and the draft that is being written."""
    live, draft = agent.live_release(), newest_draft(agent)
    shown = live or draft
    values = {
        "agent": agent,
        "live": live,
        "draft": draft,
        "shown": shown,
        "content": content_of(shown) if shown else None,
        "draft_changes": changes(content_of(live), content_of(draft)) if live and draft else None,
        "counts": tabs(agent, shown),
        **roles(request),
    }
    return render(request, "context/index.html", values)


@agent_page(Role.VIEWER)
@require_safe
def releases(request: HttpRequest, agent: Agent) -> HttpResponse:
    """All releases, the newest first."""
    impacts = Prefetch("impacts", Impact.objects.exclude(publication__rollback=True))
    rows = agent.releases.select_related("created_by", "published_by").prefetch_related(
        impacts, CURRENT_LABELS
    )
    found = page(request, rows.defer("prompt", "settings"), ORDER)
    checks = checks_by_release(found.rows)
    values = {
        "agent": agent,
        "rows": [(row, checks[row.pk].values(), clear_impacts(row)) for row in found.rows],
        **neighbours(request, found),
        "counts": tabs(agent, agent.live_release()),
        "states": states_of(agent),
        **roles(request),
    }
    return render(request, "context/releases.html", values)


def clear_impacts(release: Release) -> list[Impact]:
    """The newest impact on each figure that improved or regressed."""
    clear = {Impact.Verdict.IMPROVED, Impact.Verdict.REGRESSED}
    return [one for one in newest_of(release.impacts.all()).values() if one.verdict in clear]


@agent_page(Role.VIEWER)
@require_safe
def release(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """One release: status, checks, what it changed, what it is associated with."""
    found = find_release(agent, number)
    return render(request, "context/release.html", release_values(request, agent, found))


def release_values(request: HttpRequest, agent: Agent, found: Release) -> dict[str, Any]:
    """What the release page shows; `?against=` chooses the release it is compared with."""
    live, content = agent.live_release(), content_of(found)
    impacts = newest_impacts(found).values()
    other = compared_with(request, agent, found, live)
    missing = found.missing_checks()
    rollout = agent.rollouts.open().select_related("release").first()
    may_roll_out = live and found.may_be_published and not missing and not rollout
    labels = current_labels(agent).select_related("release", "by")
    return {
        "agent": agent,
        "release": found,
        "labels": [label for label in labels if label.release_id == found.pk],
        "labels_elsewhere": [label for label in labels if label.release_id != found.pk],
        "content": content,
        "live": live,
        "other": other,
        "difference": difference(other, content),
        "others": agent.releases.exclude(pk=found.pk).only("number", "status", "agent"),
        "checks": check_rows(found),
        "missing": missing,
        "publications": found.publications.select_related("by").order_by("-id"),
        "proposals": found.proposals.order_by("id"),
        "impacts": summary(impacts),
        "measured_by": measured_by(impacts),
        "outlook": outlook(agent, timezone.now()) if may_roll_out else None,
        "rollout": rollout,
        "rolled_out": found.rollouts.first(),
        "rollback_to": earlier_release(agent) if found == live else None,
        "confirm": request.GET.get("confirm", ""),
        "state": state_of(found, agent) if found.is_draft else None,
        "unknown": unknown_variables(content.prompt, content.settings),
        "edit_count": found.edits.count(),
        **roles(request),
    }


def compared_with(
    request: HttpRequest, agent: Agent, found: Release, live: Release | None
) -> Release | None:
    """The release of `?against=`; else the live one, or for what was live its parent."""
    asked = request.GET.get("against", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 10:
        return find_release(agent, int(asked))
    if found.published_at is not None:
        return found.parent
    return live if live != found else found.parent


def difference(other: Release | None, content: Content) -> Changes | None:
    """What differs from the other release to this content."""
    return changes(content_of(other), content) if other else None


def check_rows(found: Release) -> list[tuple[str, Check | None, bool]]:
    """(name, check or None, whether it is required): required ones first, then the others."""
    newest, required = latest_checks(found), found.agent.required_checks.split()
    rows = [(name, newest.get(name), True) for name in required]
    return rows + [(name, row, False) for name, row in newest.items() if name not in required]
