"""The gate: from what the runs of a release say to named checks on it.

`decide` is pure: numbers in, a decision with a plain sentence out. `gate` reads the newest runs
against the release that is live now and writes the decisions as checks, which
`Release.publish` requires.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from context.checks import latest_checks, record_check
from context.models import Check, Release
from testing.comparison import compare, counted, difference_sentence, points
from testing.context_cases import baseline_of, changed_documents
from testing.evidence import Evidence, Thresholds, evidence_of, numbers_of, standing
from testing.models import Case, Run, Suite

Status = Check.Status
_SEVERITY = [Status.FAILED, Status.UNDECIDED, Status.PENDING, Status.PASSED]


@dataclass(frozen=True)
class Decision:
    """Passed, failed or undecided, and the sentence that says why."""

    status: Check.Status
    summary: str
    numbers: dict[str, Any] = field(default_factory=dict)


def decide(kind: str, evidence: Evidence, thresholds: Thresholds) -> Decision:
    """Decide one kind of suite; the first rule that applies gives the sentence. Pure."""
    if kind == Suite.Kind.CONTEXT:
        unshown = _no_targets(evidence) or _unsafe(evidence, thresholds)
        return unshown or _targeted(evidence, thresholds)
    if evidence.cases + evidence.ungraded == 0:
        label = Suite.Kind(kind).label.lower()
        return Decision(Status.PASSED, f"No case for {label} yet: there is nothing to lose.")
    return _unsafe(evidence, thresholds) or _not_worse(evidence, thresholds)


def _unsafe(evidence: Evidence, thresholds: Thresholds) -> Decision | None:
    """What stops every kind: too much ungraded, or a critical case lost."""
    total = evidence.cases + evidence.ungraded
    if evidence.critical_ungraded:
        return Decision(
            Status.UNDECIDED,
            f"{counted(evidence.critical_ungraded, 'critical case')} could not be graded; "
            "retry their trials.",
        )
    if evidence.ungraded > thresholds.most_ungraded * total:
        return Decision(
            Status.UNDECIDED,
            f"{evidence.ungraded} of {counted(total)} could not be graded; "
            "retry the failed trials.",
        )
    if evidence.critical_lost:
        return Decision(
            Status.FAILED,
            f"{counted(evidence.critical_lost, 'critical case')} lost: {evidence.critical_names}.",
        )
    if evidence.difference is None and evidence.critical_failing:
        failing = counted(evidence.critical_failing, "critical case")
        return Decision(Status.FAILED, f"{failing} failed: {evidence.critical_names}.")
    return None


def _not_worse(evidence: Evidence, thresholds: Thresholds) -> Decision:
    """Nothing is lost against live: by single cases while they are few, else by rate."""
    difference, margin = evidence.difference, thresholds.margin
    if difference is None:
        share = f"{evidence.passing} of {counted(evidence.cases)}"
        return Decision(Status.PASSED, f"Nothing is live to compare with; {share} passed.")
    few = evidence.cases < thresholds.cases_for_an_interval
    if few or difference.low is None or difference.high is None:
        return _few_cases(evidence, thresholds)
    sentence, size = difference_sentence(difference, margin), points(margin).lstrip("+")
    if difference.low > -margin:
        return Decision(Status.PASSED, f"At most {size} points are lost. {sentence}")
    if difference.high < 0:
        return Decision(Status.FAILED, f"Worse than the live release. {sentence}")
    return Decision(
        Status.UNDECIDED,
        f"Not enough evidence that at most {size} points are lost. {sentence}",
    )


def _few_cases(evidence: Evidence, thresholds: Thresholds) -> Decision:
    """With few cases no interval is narrow enough: the check asks that no case is lost."""
    if evidence.lost:
        return Decision(
            Status.FAILED,
            f"{evidence.lost} of {counted(evidence.cases)} lost: {evidence.lost_names}.",
        )
    return Decision(
        Status.PASSED,
        f"No case lost: {evidence.passing} of {evidence.cases} passed. With fewer than "
        f"{thresholds.cases_for_an_interval} cases the check asks for no more.",
    )


def _no_targets(evidence: Evidence) -> Decision | None:
    """Without changed documents nothing is to be shown; without cases on them nothing is shown."""
    if not evidence.documents:
        return Decision(Status.PASSED, "The release adds and changes no document.")
    if not evidence.targeted:
        return Decision(
            Status.UNDECIDED,
            f"No approved case asks for what changes in {counted(evidence.documents, 'document')}.",
        )
    return None


def _targeted(evidence: Evidence, thresholds: Thresholds) -> Decision:
    """The cases on changed documents pass, and no other context case is lost."""
    share = (
        f"{evidence.targeted_passed} of {counted(evidence.targeted)} on changed documents passed"
    )
    if evidence.targeted_passed < thresholds.targeted_share * evidence.targeted:
        need = f"{100 * thresholds.targeted_share:.0f} %"
        return Decision(
            Status.FAILED, f"Only {share} ({need} are asked for). Failed: {evidence.failing_names}."
        )
    if evidence.lost:
        return Decision(
            Status.FAILED, f"{share}, but {counted(evidence.lost)} lost: {evidence.lost_names}."
        )
    return Decision(Status.PASSED, f"{share}, and no other is lost.")


def gate(release: Release, at: datetime) -> list[Check]:
    """Write the checks "regression", "questions" and "context" from the newest runs of a release.

    Runs count if they ended and were compared with the release that is live now; where one is still
    missing or under way, the check is pending. An unchanged decision is not written again.
    """
    return [_check(release, kind, at) for kind in Suite.Kind]


def record_run(run: Run, at: datetime) -> Check | None:
    """Write the check of the kind of a run that has just ended, if its release is a candidate."""
    if run.release.status != Release.Status.CANDIDATE:
        return None
    return _check(run.release, Suite.Kind(run.suite.kind), at, ended=run)


def counting_run(suite: Suite, release: Release, baseline: Release | None) -> Run | None:
    """The newest run of a suite that says something about the release as things stand now."""
    return suite.runs.filter(release=release, baseline=baseline).first()


def unasked_cases(suite: Suite, run: Run) -> QuerySet[Case]:
    """The approved cases of a suite that a run did not ask."""
    return suite.approved_cases().exclude(results__run=run)


def _check(release: Release, kind: Suite.Kind, at: datetime, *, ended: Run | None = None) -> Check:
    """Decide one kind over all its suites; the worst decision of a suite is the check's."""
    suites = [s for s in release.agent.suites.filter(kind=kind) if s.approved_cases().exists()]
    baseline = baseline_of(release)
    documents = [document.slug for document in changed_documents(release, baseline)]
    judged = [_judge(suite, release, baseline, documents, ended) for suite in suites]
    if not judged:
        thresholds = Thresholds(margin=release.agent.regression_margin)
        judged = [(decide(kind, Evidence(documents=len(documents)), thresholds), None)]
    decision, run = min(judged, key=lambda one: _SEVERITY.index(one[0].status))
    return _record(release, kind, decision, run_url(run) if run else "", at)


def _judge(
    suite: Suite,
    release: Release,
    baseline: Release | None,
    documents: list[str],
    ended: Run | None,
) -> tuple[Decision, Run | None]:
    """The decision about one suite, and the run it rests on.

    Cases retired since the run no longer count; cases approved since it ended have to be asked.
    """
    run = counting_run(suite, release, baseline)
    against = f"against release {baseline.number}" if baseline else "of this release"
    if run is None:
        return Decision(Status.PENDING, f"No run {against} yet."), None
    if run.state != Run.State.DONE:
        return Decision(Status.PENDING, f"Run {run.pk} is {run.state}."), run
    unasked = unasked_cases(suite, run).count()
    if unasked and run != ended:
        summary = f"Not asked in run {run.pk}: {counted(unasked, 'approved case')}."
        return Decision(Status.PENDING, summary), run
    thresholds = Thresholds(margin=release.agent.regression_margin)
    comparison = standing(compare(run))
    evidence = evidence_of(comparison, documents)
    decision = decide(suite.kind, evidence, thresholds)
    return replace(decision, numbers=numbers_of(run, comparison, evidence, thresholds)), run


def _record(
    release: Release, kind: Suite.Kind, decision: Decision, url: str, at: datetime
) -> Check:
    """Write the check unless the newest of its name says the same already."""
    newest = latest_checks(release).get(kind.value)
    said = (decision.status, decision.summary[:500], url)
    if newest is not None and (newest.status, newest.summary, newest.url) == said:
        return newest
    return record_check(
        release,
        kind.value,
        decision.status,
        decision.summary,
        at=at,
        numbers=decision.numbers,
        url=url,
    )


def run_url(run: Run) -> str:
    """The address of a run's page."""
    agent = run.suite.agent
    return reverse("testing:run", args=[agent.workspace.slug, agent.slug, run.pk])
