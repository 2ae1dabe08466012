"""A person's verdict: recorded once, in one transaction with the case and the proposal it makes."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.members import membership
from accounts.models import Role, User
from context.models import Proposal
from reviews.answers import applies
from reviews.claims import LEASE, LeaseLost, mine
from reviews.findings import CaseDraft, ProposalDraft, make_case, make_proposal
from reviews.models import (
    Criterion,
    CriterionVerdict,
    Draft,
    Grade,
    QueueItem,
    RootCause,
    Verdict,
)
from reviews.scoring import Answer, has_failed
from testing.models import Case
from testing.refusals import Refused

__all__ = ["CaseDraft", "InvalidVerdict", "ProposalDraft", "record_verdict", "withdraw"]

Answers = Mapping[str, Mapping[str, str]]


class InvalidVerdict(Exception):
    """The verdict does not fit the scorecard; `faults` names each field with what is wrong."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {fault}" for field, fault in faults.items()))
        self.faults = faults


def asked_criteria(item: QueueItem) -> list[Criterion]:
    """The criteria of the item's scorecard that apply to its conversation, in order."""
    criteria = item.review.scorecard.criteria.all()
    return [criterion for criterion in criteria if applies(criterion, item.conversation)]


def checked_answers(item: QueueItem, answers: Answers, root_cause: str) -> dict[Criterion, str]:
    """The verdict per criterion; raises InvalidVerdict unless every criterion that applies is
    answered, no other is, and the root cause is one of the workspace.
    """
    criteria = list(item.review.scorecard.criteria.all())
    asked = {one.key: one for one in criteria if applies(one, item.conversation)}
    known = {criterion.key for criterion in criteria}
    faults = {f"answers.{key}": "no such criterion" for key in answers if key not in known}
    found: dict[Criterion, str] = {}
    for key, criterion in asked.items():
        verdict = answers.get(key, {}).get("verdict", "")
        if verdict not in Grade.values:
            faults[f"answers.{key}"] = "pass, fail or na is needed"
        found[criterion] = verdict
    if found and all(verdict == Grade.NA for verdict in found.values()):
        faults["answers"] = "at least one criterion must apply"
    causes = RootCause.objects.filter(workspace=item.queue.agent.workspace, code=root_cause)
    if root_cause and not causes.exists():
        faults["root_cause"] = "not a root cause of this workspace"
    if faults:
        raise InvalidVerdict(faults)
    return found


@transaction.atomic
def record_verdict(
    item: QueueItem,
    reviewer: User,
    answers: Answers,
    *,
    at: datetime,
    root_cause: str = "",
    note: str = "",
    make_case: CaseDraft | None = None,
    make_proposal: ProposalDraft | None = None,
) -> Verdict:
    """Record what a person decided about an item they hold, with the case and proposal it makes.

    `answers` maps criterion keys to {"verdict": pass|fail|na, "quote": …}. All or nothing: raises
    LeaseLost when the item is another's or done, InvalidVerdict when the answers do not fit.
    """
    decided = checked_answers(item, answers, root_cause)
    failed = has_failed(Answer(v, c.weight, c.critical) for c, v in decided.items())
    finished = {"state": QueueItem.State.DONE, "finished_at": at, "lease_until": None}
    if not mine(item, reviewer).update(**finished):
        raise LeaseLost("This item is no longer yours: its lease ran out, or it is finished.")
    proposal, case = _make_findings(item, reviewer, at, make_case, make_proposal, failed)
    verdict = Verdict.objects.create(
        item=item,
        conversation=item.conversation,
        reviewer=reviewer,
        scorecard=item.review.scorecard,
        review=item.review,
        passed=not failed,
        root_cause=root_cause,
        note=note.strip(),
        case=case,
        proposal=proposal,
        seconds=max(0, int((at - (item.claimed_at or at)).total_seconds())),
        created_at=at,
    )
    quotes = {key: answer.get("quote", "") for key, answer in answers.items()}
    _write_answers(verdict, decided, quotes)
    Draft.objects.filter(item=item).delete()
    return verdict


def _write_answers(
    verdict: Verdict, decided: Mapping[Criterion, str], quotes: Mapping[str, str]
) -> None:
    """One row per criterion."""
    CriterionVerdict.objects.bulk_create(
        CriterionVerdict(
            parent=verdict,
            criterion=criterion,
            verdict=answer,
            quote=quotes.get(criterion.key, "").replace("\x00", ""),
        )
        for criterion, answer in decided.items()
    )


def _make_findings(
    item: QueueItem,
    by: User,
    at: datetime,
    case_draft: CaseDraft | None,
    proposal_draft: ProposalDraft | None,
    failed: bool,
) -> tuple[Proposal | None, Case | None]:
    """The proposal and the case a verdict makes; the case knows the proposal it tests."""
    proposal = (
        make_proposal(item, proposal_draft, by, at, failed=failed) if proposal_draft else None
    )
    try:
        case = make_case(item, case_draft, by, at, proposal) if case_draft else None
    except Refused as refusal:
        raise InvalidVerdict({"make_case": str(refusal)}) from None
    return proposal, case


class NotYours(Exception):
    """Only the person who gave a verdict, or a manager, may take it back."""


@transaction.atomic
def withdraw(verdict: Verdict, by: User, at: datetime) -> QueueItem | None:
    """Take a verdict back: it stays on record as withdrawn, and its reviewer holds the item again.

    A draft case and an open proposal that this verdict alone made go with it. Raises NotYours, and
    LeaseLost when it is withdrawn already.
    """
    if verdict.reviewer_id != by.pk and not _is_manager(verdict, by):
        raise NotYours("Only the reviewer or a manager may take a verdict back.")
    if not Verdict.objects.filter(pk=verdict.pk, withdrawn_at=None).update(withdrawn_at=at):
        raise LeaseLost("This verdict is withdrawn already.")
    _withdraw_findings(verdict, by, at)
    item = verdict.item
    if item is None:
        return None
    QueueItem.objects.filter(pk=item.pk).update(
        state=QueueItem.State.CLAIMED,
        claimed_by=verdict.reviewer,
        claimed_at=at,
        lease_until=at + LEASE,
        finished_at=None,
    )
    _keep_as_draft(verdict, item, at)
    return item


def _is_manager(verdict: Verdict, user: User) -> bool:
    member = membership(user, verdict.scorecard.agent.workspace)
    return member is not None and member.may(Role.MANAGER)


def _withdraw_findings(verdict: Verdict, by: User, at: datetime) -> None:
    """Retire the draft case and decline the open proposal, unless they rest on more than this."""
    case, proposal = verdict.case, verdict.proposal
    others = Verdict.objects.filter(withdrawn_at=None)
    if case and case.status == Case.Status.DRAFT and not others.filter(case=case).exists():
        case.retire(at=at, by=by)
    if (
        proposal
        and proposal.status == Proposal.Status.OPEN
        and proposal.volume == 1
        and not others.filter(proposal=proposal).exists()
    ):
        proposal.decline(at, by, "The verdict it came from was withdrawn.")


def _keep_as_draft(verdict: Verdict, item: QueueItem, at: datetime) -> None:
    """Keep the answers as the reviewer's draft, so that undo loses no work."""
    data = {f"verdict-{one.criterion.key}": one.verdict for one in _results(verdict)}
    data |= {f"quote-{one.criterion.key}": one.quote for one in _results(verdict) if one.quote}
    data |= {"root_cause": verdict.root_cause, "note": verdict.note}
    Draft.objects.update_or_create(
        item=item, reviewer=verdict.reviewer, defaults={"data": data, "saved_at": at}
    )


def _results(verdict: Verdict) -> list[CriterionVerdict]:
    return list(verdict.results.select_related("criterion"))
