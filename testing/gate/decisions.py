"""The decisions of the gate: numbers in, passed, failed or undecided with a plain sentence out.

Pure: no database, no clock, no model call.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from context.models import Check, JudgeStanding
from testing.comparing.comparison import Comparison, counted, difference_sentence, points
from testing.gate import advice
from testing.gate.evidence import Evidence, Thresholds, evidence_of
from testing.gate.suspension import cases_by_judge, regraded
from testing.models import Suite
from testing.models.rules import OnContradiction

Status = Check.Status


@dataclass(frozen=True)
class Decision:
    """Passed, failed or undecided, the sentence that says why, and what to do next.

    `about` names the group of cases it rests on (`evidence.cases_behind`).
    """

    status: Check.Status
    summary: str
    advice: str = ""
    about: str = ""
    numbers: dict[str, Any] = field(default_factory=dict)


def decide(kind: str, evidence: Evidence, thresholds: Thresholds) -> Decision:
    """Decide one kind of suite; the first rule that applies gives the sentence. Pure."""
    if kind == Suite.Kind.CONTEXT:
        shown = _no_targets(evidence) or _unsafe(evidence, thresholds)
        shown = shown or _targeted(evidence, thresholds)
        passed = shown.status == Status.PASSED
        return (_contradicting(evidence, thresholds) if passed else None) or shown
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
            f"{counted(evidence.critical_ungraded, 'critical case')} could not be graded.",
            advice.RETRY,
            "critical_ungraded",
        )
    if evidence.ungraded > thresholds.most_ungraded * total:
        return Decision(
            Status.UNDECIDED,
            f"{evidence.ungraded} of {counted(total)} could not be graded; at most "
            f"{100 * thresholds.most_ungraded:.0f} % may.",
            advice.RETRY,
            "ungraded",
        )
    if evidence.critical_lost:
        return Decision(
            Status.FAILED,
            f"{counted(evidence.critical_lost, 'critical case')} lost: {evidence.critical_names}.",
            advice.OPEN_LOST,
            "critical_lost",
        )
    if evidence.difference is None and evidence.critical_failing:
        failing = counted(evidence.critical_failing, "critical case")
        return Decision(
            Status.FAILED,
            f"{failing} failed: {evidence.critical_names}.",
            advice.OPEN_LOST,
            "critical_failing",
        )
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
    claim = evidence.claim
    sentence = difference_sentence(difference, margin, evidence.outlook, claim)
    size = points(margin).lstrip("+")
    if difference.low > -margin:
        return Decision(Status.PASSED, f"At most {size} points are lost. {sentence}")
    if difference.high < 0 and (claim is None or claim.is_clear):
        return Decision(
            Status.FAILED,
            f"Worse than the live release. {sentence}",
            advice.OPEN_REGRESSED,
            "regressed",
        )
    return Decision(
        Status.UNDECIDED,
        f"Not enough evidence that at most {size} points are lost. {sentence}",
        advice.more_evidence(evidence.outlook, margin),
        "regressed",
    )


def _few_cases(evidence: Evidence, thresholds: Thresholds) -> Decision:
    """With few cases no interval is narrow enough: the check asks that no case is lost."""
    if evidence.lost:
        return Decision(
            Status.FAILED,
            f"{evidence.lost} of {counted(evidence.cases)} lost: {evidence.lost_names}.",
            advice.OPEN_LOST,
            "lost",
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
            "No approved case asks for what changes in "
            f"{counted(len(evidence.documents), 'document')}.",
            advice.approve_cases(list(evidence.documents)),
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
            Status.FAILED,
            f"Only {share} ({need} are asked for). Failed: {evidence.failing_names}.",
            advice.OPEN_TARGETED,
            "targeted_failing",
        )
    if evidence.lost:
        return Decision(
            Status.FAILED,
            f"{share}, but {counted(evidence.lost)} lost: {evidence.lost_names}.",
            advice.OPEN_LOST,
            "lost",
        )
    return Decision(Status.PASSED, f"{share}, and no other is lost.")


def _contradicting(evidence: Evidence, thresholds: Thresholds) -> Decision | None:
    """What contradicts itself, and did not before, is not passed in silence."""
    if not evidence.contradictions or thresholds.contradictions == OnContradiction.IGNORED:
        return None
    be = "is" if evidence.contradictions == 1 else "are"
    return Decision(
        Status(thresholds.contradictions),
        f"{counted(evidence.contradictions, 'contradiction')} {be} open that the live release does "
        f"not have: {evidence.contradiction_names}.",
        advice.MEND_OR_DISMISS,
    )


def with_standing(
    decision: Decision,
    kind: str,
    comparison: Comparison,
    documents: list[str],
    thresholds: Thresholds,
    standing: JudgeStanding,
) -> Decision:
    """The decision where the judge's standing is known; pure.

    While the judge is suspended its opinion does not decide: where the outcome would be another
    had it graded otherwise, the check is undecided and says why. A judge that is not measured yet
    decides, and the check says so.
    """
    by_judge = cases_by_judge(comparison)
    if not by_judge or decision.status == Status.UNDECIDED:
        return decision
    if standing.is_unmeasured:
        return replace(decision, summary=f"{decision.summary} {standing.sentence}")
    if not standing.is_suspended:
        return decision
    kindest, harshest = (
        decide(kind, evidence_of(regraded(comparison, kindly=kindly), documents), thresholds).status
        for kindly in (True, False)
    )
    if kindest == harshest:
        return decision
    rest = "rests" if by_judge == 1 else "rest"
    summary = f"{standing.sentence} {counted(by_judge)} {rest} on its opinion."
    return Decision(Status.UNDECIDED, summary, advice.TRUST_THE_JUDGE)
