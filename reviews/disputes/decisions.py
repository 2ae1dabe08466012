"""The final decision of a dispute: which answers hold, who may say so, and what it replaces."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.members import active_members
from accounts.models import Member, Role, User
from reviews.desk.checking import Answers, Decided, check_answers
from reviews.desk.verdicts import retire_findings, write_answers
from reviews.disputes.opening import (
    LOADED,
    DisputeRefused,
    is_manager,
    put_on_record,
    readers_of,
    workspace_of,
)
from reviews.models import Dispute, Opinion, Verdict

Status, Outcome = Dispute.Status, Dispute.Outcome


@dataclass(frozen=True)
class Decision:
    """A final decision: which answers hold, and why. `answers` are read for `own` alone."""

    outcome: str
    reason: str
    answers: Answers | None = None
    root_cause: str = ""


def involved(dispute: Dispute) -> set[int]:
    """The people who have a part in it: who judged, who doubted, who read again."""
    people = (dispute.verdict.reviewer_id, dispute.opened_by_id, dispute.second_reader_id)
    return {one for one in people if one is not None}


def why_not_decide(dispute: Dispute, by: User) -> str:
    """Why this person may not decide now; empty when they may.

    A manager without a part in it decides. Where there is none, one with a part may, and that is
    kept on record. Without anybody who could read again, the first verdict alone is decided on.
    """
    if not is_manager(by, dispute.verdict):
        return "A manager decides."
    if not dispute.is_undecided:
        return "The dispute is closed already."
    if dispute.status == Status.OPEN and (dispute.second_reader_id or readers_of(dispute).exists()):
        return "The second opinion is not in yet."
    if by.pk in involved(dispute) and _has_other_manager(dispute):
        return "You have a part in it: a manager without one decides."
    return ""


@dataclass(frozen=True)
class Rights:
    """What one person may do about a dispute; `refusal` tells a manager why not to decide yet."""

    read: bool
    name: bool
    drop: bool
    decide: bool
    refusal: str
    readers: list[Member]


def rights_of(dispute: Dispute, user: User) -> Rights:
    """What the person may do now, and who could give the second opinion."""
    is_open, manages = dispute.status == Status.OPEN, is_manager(user, dispute.verdict)
    readers = list(readers_of(dispute)) if is_open else []
    refusal = why_not_decide(dispute, user)
    theirs = manages or dispute.opened_by_id == user.pk
    asked = dispute.second_reader_id in (None, user.pk)
    return Rights(
        read=asked and any(one.user_id == user.pk for one in readers),
        name=is_open and theirs,
        drop=dispute.is_undecided and theirs,
        decide=not refusal,
        refusal=refusal if manages and dispute.is_undecided else "",
        readers=readers,
    )


def _has_other_manager(dispute: Dispute) -> bool:
    managers = active_members(workspace_of(dispute.verdict), Role.MANAGER)
    return managers.exclude(user__in=involved(dispute)).exists()


@transaction.atomic
def decide(dispute: Dispute, by: User, decision: Decision, at: datetime) -> Dispute:
    """Take the final decision. Unless the verdict stands, a new one takes its place: the old one is
    withdrawn with the draft case and proposal it alone made, and the item keeps its probability.

    Raises DisputeRefused, and InvalidVerdict when answers of one's own do not fit.
    """
    if not decision.reason.strip():
        raise DisputeRefused("A decision needs a reason.")
    if refusal := why_not_decide(dispute, by):
        raise DisputeRefused(refusal)
    chosen = _chosen(dispute, decision)
    decided = {
        "status": Status.DECIDED,
        "outcome": decision.outcome,
        "decision_reason": decision.reason.strip(),
        "decided_by": by,
        "decided_at": at,
        "decider_was_involved": by.pk in involved(dispute),
    }
    rows = Dispute.objects.filter(pk=dispute.pk, status=dispute.status)
    if not rows.update(**decided):
        raise DisputeRefused("Somebody else was faster: look at the dispute again.")
    if chosen is not None:
        final = _replace(dispute.verdict, by, chosen, decision.reason.strip(), at)
        Dispute.objects.filter(pk=dispute.pk).update(final=final)
    put_on_record(
        dispute, "dispute.decided", by, at, f"{decision.outcome}: {decision.reason.strip()}"
    )
    return Dispute.objects.select_related(*LOADED).get(pk=dispute.pk)


def _chosen(dispute: Dispute, decision: Decision) -> tuple[Decided, str] | None:
    """The answers that take the verdict's place, with the root cause; None when it stands."""
    verdict = dispute.verdict
    given, cause = decision.answers or {}, decision.root_cause
    match decision.outcome:
        case Outcome.FIRST:
            return None
        case Outcome.SECOND:
            opinion = Opinion.objects.filter(dispute=dispute, submitted_at__isnull=False).first()
            if opinion is None:
                raise DisputeRefused("There is no second opinion.")
            results = opinion.results.select_related("criterion")
            given = {r.criterion.key: {"verdict": r.verdict, "quote": r.quote} for r in results}
            cause = opinion.root_cause
        case Outcome.OWN:
            pass
        case _:
            raise DisputeRefused("Choose which answers hold.")
    workspace, scorecard = workspace_of(verdict), verdict.scorecard
    return check_answers(workspace, scorecard, verdict.conversation, given, cause), cause


def _replace(
    verdict: Verdict, by: User, chosen: tuple[Decided, str], reason: str, at: datetime
) -> Verdict:
    """Withdraw the verdict and write the final one in its place."""
    decided, cause = chosen
    if not Verdict.objects.filter(pk=verdict.pk, withdrawn_at=None).update(withdrawn_at=at):
        raise DisputeRefused("The disputed verdict does not stand any more.")
    retire_findings(verdict, by, at, "The verdict it came from was overturned.")
    final = Verdict.objects.create(
        item=verdict.item,
        conversation=verdict.conversation,
        reviewer=by,
        scorecard=verdict.scorecard,
        review=verdict.review,
        passed=decided.passed,
        root_cause=cause,
        note=reason,
        supersedes=verdict,
        created_at=at,
    )
    write_answers(final, decided)
    return final
