"""The decision about one suite: from its newest run, by the agent's rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import QuerySet

from context.models import Check, Release
from context.releases.standing import judge_standing
from testing.comparing.claimed import claim_of
from testing.comparing.comparison import compare, counted
from testing.context_suite.cases import changed_documents
from testing.context_suite.changed import baseline_of
from testing.context_suite.contradictions import brought_by
from testing.context_suite.under_way import is_searched, under_way, why_not_searched
from testing.gate import advice
from testing.gate.decisions import Decision, decide, with_standing
from testing.gate.evidence import (
    Thresholds,
    cases_behind,
    evidence_of,
    named_json,
    numbers_of,
    rules_json,
    standing,
    thresholds_of,
)
from testing.gate.suspension import standing_json
from testing.models import Case, GateRules, Run, Suite
from testing.models.context_tests import asked_cases
from testing.models.rules import OnContradiction, critical_tags

Status = Check.Status
_SEVERITY = [Status.FAILED, Status.UNDECIDED, Status.PENDING, Status.PASSED]


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


def counting_run(suite: Suite, release: Release, baseline: Release | None) -> Run | None:
    """The newest run of a suite that says something about the release as things stand now."""
    return suite.runs.filter(release=release, baseline=baseline).first()


def unasked_cases(suite: Suite, run: Run) -> QuerySet[Case]:
    """The approved cases of a suite, and the guards of its release's context, that a run did not
    ask.
    """
    return asked_cases(suite, run.release, run.baseline).exclude(results__run=run)


def judge_suite(suite: Suite, question: Question) -> Judged:
    """The decision about one suite, and the run it rests on.

    Cases retired since the run no longer count; cases approved since it ended have to be asked.
    """
    thresholds = question.thresholds(suite)
    run = counting_run(suite, question.release, question.baseline)
    pending = _pending(suite, question, thresholds, run)
    if suite.kind == Suite.Kind.CONTEXT and suite.pk not in question.refused:
        pending = _context_pending(question, thresholds) or pending
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


def _context_pending(question: Question, thresholds: Thresholds) -> Decision | None:
    """Why the context check cannot be final, whatever was run: guards and contradictions are still
    looked for or judged, or could not be looked for.
    """
    if waits := under_way(question.release, question.baseline):
        judged_only = is_searched(question.release, question.baseline)
        if not (judged_only and thresholds.contradictions == OnContradiction.IGNORED):
            return Decision(Status.PENDING, waits, advice.WAIT_FOR_THE_SEARCH)
    if problem := why_not_searched(question.release, question.baseline):
        return Decision(Status.PENDING, problem, advice.RETRY_THE_SEARCH)
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
