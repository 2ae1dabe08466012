"""The gate: from what the runs of a release say to named checks on it.

It reads the newest runs against the release that is live now and writes the decisions
(`decisions.py`) as checks, which `Release.publish` requires.
"""

from dataclasses import replace
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from context.checks import latest_checks, record_check
from context.models import Check, Release
from context.standing import judge_standing
from testing.changed import baseline_of
from testing.comparison import compare, counted
from testing.context_cases import changed_documents
from testing.decisions import Decision, decide, with_standing
from testing.evidence import Evidence, Thresholds, evidence_of, numbers_of, standing
from testing.models import Case, Run, Suite
from testing.suspension import standing_json

Status = Check.Status
_SEVERITY = [Status.FAILED, Status.UNDECIDED, Status.PENDING, Status.PASSED]


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
    judge = judge_standing(release.agent)
    if judge is not None:
        decision = with_standing(decision, suite.kind, comparison, documents, thresholds, judge)
    numbers = numbers_of(run, comparison, evidence, thresholds) | standing_json(judge)
    return replace(decision, numbers=numbers), run


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
