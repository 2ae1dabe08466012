"""The trail of a proposal: the findings it came from, what became of it, and what that did.

Put together here because verdicts, cases, conversations and releases can all be seen from here
(imports point right); it is read, never stored.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q

from accounts.models import User
from context.editing.word_diff import Passage, word_diff
from context.impacts.measuring import newest_impacts
from context.models import Impact, Proposal, Publication, Release
from context.releases.changes import DocumentChange, document_change
from context.releases.content import content_of
from conversations.models import Conversation
from reviews.models import Flag, Verdict
from reviews.trail.steps import Facts, Step, steps, waits_for
from testing.models import Case, Result

MOST_SHOWN = 12


@dataclass
class Finding:
    """One conversation that showed the fact, with what people and the judge said about it."""

    conversation: Conversation
    quotes: dict[str, str]
    verdicts: list[Verdict] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)


@dataclass(frozen=True)
class Passes:
    """How a release did in a case when it was last asked."""

    run_id: int
    release: Release
    passed: int
    of: int
    at: datetime | None

    @property
    def all(self) -> bool:
        """Whether every trial passed."""
        return self.passed == self.of


@dataclass
class CaseRow:
    """A case made from the findings, with the last results: of the proposal's release and of what
    it was compared with.
    """

    case: Case
    release: Passes | None = None
    baseline: Passes | None = None


@dataclass(frozen=True)
class Trail:
    """Everything on record about one proposal."""

    proposal: Proposal
    findings: list[Finding]
    more_findings: int
    verdicts: list[Verdict]
    wordings: list[Proposal]
    rivals: list[Proposal]
    document: DocumentChange | None
    prompt: list[Passage]
    publications: list[Publication]
    cases: list[CaseRow]
    impacts: list[Impact]
    steps: list[Step]

    @property
    def next(self) -> Step | None:
        """The link that is missing first."""
        return waits_for(self.steps)

    @property
    def reporters(self) -> list[User]:
        """The people whose findings it came from, each once."""
        people = [self.proposal.created_by, *(one.reviewer for one in self.verdicts)]
        return list({one.pk: one for one in people if one is not None}.values())


def trail_of(proposal: Proposal, hidden: Iterable[int] = ()) -> Trail:
    """The trail of a proposal. `hidden` are conversations that the reader is still deciding blind:
    what others said of them is left out.
    """
    wordings = list(proposal.wordings.select_related("created_by").order_by("id"))
    verdicts = verdicts_behind([proposal, *wordings], hidden)
    findings = findings_of(proposal, verdicts, hidden)
    document, prompt = changed_by(proposal)
    release = proposal.release
    publications = list(release.publications.select_related("by").order_by("id")) if release else []
    cases = cases_of([proposal, *wordings], verdicts, release)
    impacts = list(newest_impacts(release).values()) if release else []
    rivals = list(proposal.rivals.exclude(status=Proposal.Status.DECLINED).order_by("id"))
    facts = facts_of(proposal, verdicts, publications, cases, impacts, len(rivals))
    return Trail(
        proposal=proposal,
        findings=findings,
        more_findings=max(0, len(proposal.evidence) - MOST_SHOWN),
        verdicts=verdicts,
        wordings=wordings,
        rivals=rivals,
        document=document,
        prompt=prompt,
        publications=publications,
        cases=cases,
        impacts=impacts,
        steps=steps(facts),
    )


def verdicts_behind(proposals: list[Proposal], hidden: Iterable[int]) -> list[Verdict]:
    """The standing verdicts that proposed this."""
    rows = Verdict.objects.filter(proposal__in=proposals, withdrawn_at=None)
    rows = rows.exclude(conversation__in=list(hidden))
    return list(rows.select_related("reviewer", "item", "case").order_by("created_at", "id"))


def findings_of(
    proposal: Proposal, verdicts: list[Verdict], hidden: Iterable[int]
) -> list[Finding]:
    """The first conversations of the evidence that are still there."""
    quoted = {row["conversation"]: row.get("quotes", {}) for row in proposal.evidence}
    known = proposal.agent.conversations.in_bulk(list(quoted)[:MOST_SHOWN])
    found = {key: Finding(known[key], quoted[key]) for key in quoted if key in known}
    for verdict in verdicts:
        if verdict.conversation_id in found:
            found[verdict.conversation_id].verdicts.append(verdict)
    shown = set(found) - set(hidden)
    for flag in Flag.objects.filter(conversation__in=shown).order_by("id"):
        found[flag.conversation_id].flags.append(flag)
    return list(found.values())


def changed_by(proposal: Proposal) -> tuple[DocumentChange | None, list[Passage]]:
    """What its release says otherwise than that release's parent at the place it went into: the
    document, or the prompt.
    """
    release = proposal.release
    if release is None:
        return None, []
    after = content_of(release)
    before = content_of(release.parent) if release.parent else None
    if proposal.kind == Proposal.Kind.PROMPT and not proposal.document_slug:
        return None, word_diff(before.prompt if before else "", after.prompt)
    slug = proposal.document_slug
    old, new = before.document(slug) if before else None, after.document(slug)
    return (document_change(old, new) if old or new else None), []


def cases_of(
    proposals: list[Proposal], verdicts: list[Verdict], release: Release | None
) -> list[CaseRow]:
    """The newest version of each case made from the proposal or its verdicts, with results."""
    made = Q(proposal__in=proposals) | Q(pk__in=[one.case_id for one in verdicts if one.case_id])
    newest = {
        (case.suite_id, case.key): case
        for case in Case.objects.filter(made).select_related("suite", "owner").order_by("id")
    }
    rows = [CaseRow(case) for case in newest.values()]
    if release is not None:
        add_results(rows, release)
    return rows


def add_results(rows: list[CaseRow], release: Release) -> None:
    """Write to each case what the last run that asked the release found."""
    groups = (
        Result.objects.filter(
            case__in=[row.case for row in rows], run__release=release, passed__isnull=False
        )
        .order_by("run")
        .values("case", "run", "release", "run__finished_at")
        .annotate(of=Count("pk"), passes=Count("pk", filter=Q(passed=True)))
    )
    known = {row.case.pk: row for row in rows}
    releases = Release.objects.in_bulk({group["release"] for group in groups})
    for group in groups:
        row, asked = known[group["case"]], releases[group["release"]]
        found = Passes(group["run"], asked, group["passes"], group["of"], group["run__finished_at"])
        if asked == release:
            row.release = found
        else:
            row.baseline = found


def facts_of(
    proposal: Proposal,
    verdicts: list[Verdict],
    publications: list[Publication],
    cases: list[CaseRow],
    impacts: list[Impact],
    rivals: int,
) -> Facts:
    """What the steps need to know, as plain values."""
    # One that is open again remembers the discarded draft it was in.
    release = None if proposal.is_open else proposal.release
    tested = [row.release for row in cases if row.release]
    judged = [one for one in impacts if one.role != Impact.Role.EXPLORATORY]
    reasons = [*(one.reason for one in judged), ""]
    said = dict.fromkeys(
        f"{one.get_figure_display()} {one.get_verdict_display()}"
        for one in judged
        if one.verdict in {Impact.Verdict.IMPROVED, Impact.Verdict.REGRESSED}
    )
    return Facts(
        conversations=max(len(proposal.evidence), bool(verdicts)),
        verdicts=len(verdicts),
        status=proposal.status,
        why=proposal.why,
        rivals=rivals,
        release=str(release or ""),
        release_status=release.status if release else "",
        document=proposal.document_slug,
        published=bool(publications),
        is_live=release is not None and release.status == Release.Status.LIVE,
        rolled_back=bool(release and publications and was_rolled_back(release)),
        cases=len(cases),
        approved=sum(row.case.status == Case.Status.APPROVED for row in cases),
        tested=len(tested),
        passed=sum(one.all for one in tested),
        impacts=tuple(said) or tuple(one.get_verdict_display() for one in judged[:1]),
        provisional=any(one.provisional for one in judged),
        lacking="" if any(one.is_told for one in judged) else reasons[0],
    )


def was_rolled_back(release: Release) -> bool:
    """Whether an earlier release was put back in its place, and it is not live again."""
    if release.status == Release.Status.LIVE:
        return False
    ended = release.publications.order_by("-id").values_list("ended_at", flat=True).first()
    if ended is None:
        return False
    after = Publication.objects.filter(release__agent=release.agent_id, started_at=ended)
    return after.filter(rollback=True, release__number__lt=release.number).exists()
