"""What became of findings, week by week: found, proposed, accepted, live, improved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from context.impacts.measuring import newest_of
from context.models import Agent, Impact, Proposal, Release
from conversations.models import FactCapture
from reviews.models import Verdict

WEEK = timedelta(days=7)


@dataclass
class Week:
    """A week's findings and the proposals first made in it, by how far they have come."""

    monday: date
    findings: int = 0
    proposals: int = 0
    waiting: int = 0
    declined: int = 0
    accepted: int = 0
    live: int = 0
    improved: int = 0
    regressed: int = 0

    def __add__(self, other: "Week") -> "Week":
        names = [name for name in vars(self) if name != "monday"]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return Week(min(self.monday, other.monday), **sums)


def funnel(agent: Agent, first: date, last: date) -> list[Week]:
    """The weeks from that of `first` to that of `last`, the newest first.

    A finding is a conversation that people finished after a handover, or that a reviewer failed. A
    proposal counts in the week in which it was made, however much later it went live.
    """
    mondays = [monday_of(first) + n * WEEK for n in range((last - monday_of(first)).days // 7 + 1)]
    weeks = {monday: Week(monday) for monday in mondays}
    found: set[tuple[date, int]] = set()
    for conversation, at in findings_since(agent, mondays[0]):
        found.add((monday_of(agent.local_date(at)), conversation))
    for monday, _ in found:
        if monday in weeks:
            weeks[monday].findings += 1
    proposals = list(proposals_since(agent, mondays[0]))
    verdicts = verdicts_of({row.release_id for row in proposals if row.release_id})
    for proposal in proposals:
        week = weeks.get(monday_of(agent.local_date(proposal.created_at)))
        if week is not None:
            count(week, proposal, verdicts.get(proposal.release_id or 0, set()))
    return [weeks[monday] for monday in reversed(mondays)]


def monday_of(day: date) -> date:
    """The Monday of a day's ISO week."""
    return day - timedelta(days=day.weekday())


def findings_since(agent: Agent, day: date) -> Iterable[tuple[int, datetime]]:
    """(conversation, when) of what people finished, and of what reviewers failed."""
    since = day - timedelta(days=1)  # a day more: the workspace's day may begin before UTC's
    captures = FactCapture.objects.filter(conversation__agent=agent, created_at__date__gte=since)
    yield from captures.values_list("conversation", "created_at").iterator()
    failed = Verdict.objects.filter(
        conversation__agent=agent, passed=False, withdrawn_at=None, created_at__date__gte=since
    )
    yield from failed.values_list("conversation", "created_at").iterator()


def proposals_since(agent: Agent, day: date) -> Iterable[Proposal]:
    """The proposals made since, without the wordings that are part of others."""
    rows = agent.proposals.filter(created_at__date__gte=day - timedelta(days=1))
    rows = rows.exclude(status=Proposal.Status.MERGED)
    return rows.select_related("release").only(
        "status", "created_at", "release__status", "release__published_at"
    )


def verdicts_of(releases: Iterable[int]) -> dict[int, set[str]]:
    """By release the verdicts of its newest impact on the primary figure and each guardrail."""
    rows = Impact.objects.filter(release__in=list(releases)).exclude(publication__rollback=True)
    impacts: dict[int, list[Impact]] = {}
    for one in rows.exclude(role=Impact.Role.EXPLORATORY):
        impacts.setdefault(one.release_id, []).append(one)
    return {
        release: {one.verdict for one in newest_of(found).values()}
        for release, found in impacts.items()
    }


def count(week: Week, proposal: Proposal, verdicts: set[str]) -> None:
    """Count a proposal in its week. Improved means that a figure it is judged by is
    better, and none worse.
    """
    week.proposals += 1
    week.waiting += proposal.is_open
    week.declined += proposal.status == Proposal.Status.DECLINED
    release = proposal.release
    if release is None or proposal.is_open:
        return
    week.accepted += 1
    if release.published_at is None or release.status == Release.Status.DRAFT:
        return
    week.live += 1
    worse = Impact.Verdict.REGRESSED in verdicts
    week.regressed += worse
    week.improved += Impact.Verdict.IMPROVED in verdicts and not worse
