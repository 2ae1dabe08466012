"""The gate: from what the runs of a release say to named checks on it.

It reads the newest runs against the release that is live now and writes the decisions
(`decisions.py`) as checks, which `Release.publish` requires. Each check keeps the rules it was
decided by.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from context.checks import latest_checks, record_check
from context.models import Check, Release
from context.models.agents import Agent
from context.standing import judge_standing
from testing import advice
from testing.changed import baseline_of
from testing.claimed import claim_of
from testing.comparison import compare, counted
from testing.context_cases import changed_documents
from testing.contradictions import brought_by
from testing.decisions import Decision, decide, with_standing
from testing.evidence import (
    Evidence,
    Thresholds,
    cases_behind,
    evidence_of,
    named_json,
    numbers_of,
    rules_json,
    standing,
    thresholds_of,
)
from testing.models import Case, GateRules, Run, Suite
from testing.models.rules import critical_tags
from testing.suspension import standing_json

Status = Check.Status
_SEVERITY = [Status.FAILED, Status.UNDECIDED, Status.PENDING, Status.PASSED]
ON_THEIR_WAY = (Release.Status.CANDIDATE, Release.Status.APPROVED)


@dataclass(frozen=True)
class Question:
    """What is asked about a release: against which baseline, and by which rules.

    `refused` has the sentence why the run of a suite, by its key, was not started; `ended` is the
    run that has just ended; `because` is on record with a check that is decided anew.
    """

    release: Release
    baseline: Release | None
    documents: list[str]
    rules: GateRules
    tags: frozenset[str]
    at: datetime
    refused: Mapping[int, str] = field(default_factory=dict)
    ended: Run | None = None
    because: str = ""

    @classmethod
    def about(cls, release: Release, at: datetime) -> "Question":
        """As things stand now."""
        baseline = baseline_of(release)
        documents = [document.slug for document in changed_documents(release, baseline)]
        agent = release.agent
        return cls(release, baseline, documents, GateRules.of(agent), critical_tags(agent), at)

    def thresholds(self, suite: Suite) -> Thresholds:
        """What is asked of one suite."""
        return thresholds_of(suite, self.rules, self.tags)


@dataclass(frozen=True)
class Judged:
    """The decision about one suite, and the run it rests on."""

    suite: Suite
    decision: Decision
    run: Run | None

    @property
    def severity(self) -> int:
        """The worst first."""
        return _SEVERITY.index(self.decision.status)


def gate(
    release: Release, at: datetime, refused: Mapping[int, str] | None = None, because: str = ""
) -> list[Check]:
    """Write the checks "regression", "questions" and "context" from the newest runs of a release.

    Runs count if they ended and were compared with the release that is live now; where one is still
    missing or under way, the check is pending, and `refused` says why it could not be started. An
    unchanged decision is not written again.
    """
    question = replace(Question.about(release, at), refused=refused or {}, because=because)
    return [_check(question, kind) for kind in Suite.Kind]


def record_run(run: Run, at: datetime) -> Check | None:
    """Write the check of the kind of a run that has just ended, if its release is a candidate."""
    if run.release.status != Release.Status.CANDIDATE:
        return None
    question = replace(Question.about(run.release, at), ended=run)
    return _check(question, Suite.Kind(run.suite.kind))


def decide_again(agent: Agent, at: datetime, because: str) -> list[Check]:
    """Decide the checks of the releases on their way anew; returns those that were written.

    Only releases that have checks already; what was written before stays on record.
    """
    found = agent.releases.filter(status__in=ON_THEIR_WAY, checks__isnull=False)
    written = []
    for release in found.select_related("agent__workspace").order_by("number").distinct():
        before = {check.pk for check in latest_checks(release).values()}
        checks = gate(release, at, because=because)
        written += [check for check in checks if check.pk not in before]
    return written


def counting_run(suite: Suite, release: Release, baseline: Release | None) -> Run | None:
    """The newest run of a suite that says something about the release as things stand now."""
    return suite.runs.filter(release=release, baseline=baseline).first()


def unasked_cases(suite: Suite, run: Run) -> QuerySet[Case]:
    """The approved cases of a suite that a run did not ask."""
    return suite.approved_cases().exclude(results__run=run)


def _check(question: Question, kind: Suite.Kind) -> Check:
    """Decide one kind over all its suites; the worst of those that decide is the check's."""
    suites = [
        suite
        for suite in question.release.agent.suites.filter(kind=kind)
        if suite.approved_cases().exists()
    ]
    for suite in suites:
        suite.agent = question.release.agent
    judged = [_judge(suite, question) for suite in suites]
    deciding = [one for one in judged if one.suite.decides]
    if not deciding:
        return _record(question, kind, _nothing_decides(question, kind, len(judged)), judged, None)
    worst = min(deciding, key=lambda one: one.severity)
    decision = worst.decision
    if len(judged) > 1:
        decision = replace(decision, summary=f"{worst.suite.name}: {decision.summary}")
    return _record(question, kind, decision, judged, worst.run)


def _nothing_decides(question: Question, kind: Suite.Kind, shown: int) -> Decision:
    """The decision where no suite with cases decides."""
    rules = thresholds_of(
        Suite(kind=kind, agent=question.release.agent), question.rules, question.tags
    )
    if shown:
        summary = f"{counted(shown, 'suite')} of this kind shown only: none decides."
        return Decision(Status.PASSED, summary, numbers={"rules": rules_json(rules)})
    decision = decide(kind, Evidence(documents=tuple(question.documents)), rules)
    return replace(decision, numbers={"rules": rules_json(rules)})


def _judge(suite: Suite, question: Question) -> Judged:
    """The decision about one suite, and the run it rests on.

    Cases retired since the run no longer count; cases approved since it ended have to be asked.
    """
    thresholds = question.thresholds(suite)
    run = counting_run(suite, question.release, question.baseline)
    pending = _pending(suite, question, thresholds, run)
    if pending is not None or run is None:
        decision = pending or Decision(Status.PENDING, "")
        return Judged(suite, replace(decision, numbers={"rules": rules_json(thresholds)}), run)
    return Judged(suite, _decided(suite, question, thresholds, run), run)


def _pending(
    suite: Suite, question: Question, thresholds: Thresholds, run: Run | None
) -> Decision | None:
    """Why a suite cannot be decided yet; None when its run can."""
    baseline = question.baseline
    against = f"against release {baseline.number}" if baseline else "of this release"
    if suite.pk in question.refused:
        summary = f"Not run {against}: {question.refused[suite.pk]}"
        return Decision(Status.PENDING, summary, advice.MEND_AND_RUN)
    if run is None:
        return Decision(Status.PENDING, f"No run {against} yet.", advice.RUN)
    if run.state == Run.State.CANCELLED:
        return Decision(Status.PENDING, f"Run {run.pk} is cancelled.", advice.RESUME)
    if run.state != Run.State.DONE:
        return Decision(Status.PENDING, f"Run {run.pk} is {run.state}.", advice.WAIT)
    if run.trials < thresholds.least_trials:
        asked = counted(run.trials, "trial")
        summary = f"Run {run.pk} asked {asked} a case; the gate asks for {thresholds.least_trials}."
        return Decision(Status.PENDING, summary, advice.RUN)
    unasked = unasked_cases(suite, run).count()
    if unasked and run != question.ended:
        summary = f"Not asked in run {run.pk}: {counted(unasked, 'approved case')}."
        return Decision(Status.PENDING, summary, advice.RUN)
    return None


def _decided(suite: Suite, question: Question, thresholds: Thresholds, run: Run) -> Decision:
    """The decision that a run which has ended allows, with its numbers and the cases behind it."""
    comparison = standing(compare(run))
    evidence = evidence_of(comparison, question.documents, claim_of(run, comparison))
    if suite.kind == Suite.Kind.CONTEXT:
        found = brought_by(question.release, question.baseline)
        evidence = replace(
            evidence, contradictions=len(found.open), contradiction_names=found.names
        )
    decision = decide(suite.kind, evidence, thresholds)
    judge = judge_standing(question.release.agent)
    if judge is not None:
        decision = with_standing(
            decision, suite.kind, comparison, question.documents, thresholds, judge
        )
    behind = cases_behind(comparison, decision.about, question.documents)
    numbers = numbers_of(run, comparison, evidence, thresholds) | standing_json(judge)
    if decision.about.endswith("ungraded") and run.stop_reason:
        text = f"{decision.summary} {run.stop_reason.rstrip('.')}."
        decision = replace(decision, summary=text)
    return replace(decision, numbers=numbers | {"named": named_json(behind), "behind": len(behind)})


def _record(
    question: Question, kind: Suite.Kind, decision: Decision, judged: list[Judged], run: Run | None
) -> Check:
    """Write the check unless the newest of its name says the same already, by the same rules."""
    release, url = question.release, run_url(run) if run else ""
    numbers = decision.numbers | ({"suites": _suites_json(judged)} if len(judged) > 1 else {})
    if question.because:
        numbers["because"] = question.because
    newest = latest_checks(release).get(kind.value)
    said = (decision.status, decision.summary[:500], decision.advice[:500], url)
    if (
        newest is not None
        and said == (newest.status, newest.summary, newest.advice, newest.url)
        and all(numbers.get(name) == newest.numbers.get(name) for name in ("rules", "suites"))
    ):
        return newest
    return record_check(
        release,
        kind.value,
        decision.status,
        decision.summary,
        at=question.at,
        numbers=numbers,
        url=url,
        advice=decision.advice,
    )


def _suites_json(judged: list[Judged]) -> list[dict[str, object]]:
    """What each suite of a kind says, where there are several."""
    return [
        {
            "suite": one.suite.pk,
            "name": one.suite.name,
            "decides": one.suite.decides,
            "status": one.decision.status.value,
            "summary": one.decision.summary,
            "url": run_url(one.run) if one.run else "",
        }
        for one in judged
    ]


def run_url(run: Run) -> str:
    """The address of a run's page."""
    agent = run.suite.agent
    return reverse("testing:run", args=[agent.workspace.slug, agent.slug, run.pk])
