"""A person's verdict: recorded once, in one transaction with the case and the proposal it makes."""

from datetime import datetime

from django.db import transaction

from accounts.members import membership
from accounts.models import Role, User
from accounts.prepared import Given, Prepared, insert
from context.models import Proposal
from reviews.desk.checking import Answers, Decided, InvalidVerdict, asked_of, check_answers
from reviews.desk.drafts import empty_drafts, save_draft
from reviews.desk.findings import CaseDraft, ProposalDraft, make_case, make_proposal
from reviews.models import (
    Criterion,
    CriterionVerdict,
    Dispute,
    QueueItem,
    Verdict,
)
from reviews.queue.claims import LEASE, LeaseLost, finish
from testing.models import Case
from testing.refusals import Refused

__all__ = [
    "CaseDraft",
    "InvalidVerdict",
    "ProposalDraft",
    "checked",
    "record_decided",
    "record_verdict",
    "withdraw",
]

DECIDED_BEFORE = Prepared(
    lambda: Verdict.objects.filter(
        conversation=Given("conversation"), reviewer=Given("reviewer")
    ).values_list("pk", flat=True)[:1]
)


def asked_criteria(item: QueueItem) -> list[Criterion]:
    """The criteria of the item's scorecard that apply to its conversation, in order."""
    return asked_of(item.review.scorecard, item.conversation)


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
    return record_decided(
        item,
        reviewer,
        checked(item, answers, root_cause),
        at=at,
        root_cause=root_cause,
        note=note,
        make_case=make_case,
        make_proposal=make_proposal,
    )


def checked(item: QueueItem, answers: Answers, root_cause: str) -> Decided:
    """The answers about an item, checked; raises InvalidVerdict when they do not fit."""
    workspace = item.queue.agent.workspace
    return check_answers(workspace, item.review.scorecard, item.conversation, answers, root_cause)


@transaction.atomic
def record_decided(
    item: QueueItem,
    reviewer: User,
    decided: Decided,
    *,
    at: datetime,
    root_cause: str = "",
    note: str = "",
    make_case: CaseDraft | None = None,
    make_proposal: ProposalDraft | None = None,
) -> Verdict:
    """As `record_verdict`, of answers that are checked already."""
    if not finish(item, reviewer, at):
        raise LeaseLost("This item is no longer yours: its lease ran out, or it is finished.")
    blind = item.is_blind and not has_decided_before(item, reviewer)
    proposal, case = _make_findings(
        item, reviewer, at, make_case, make_proposal, not decided.passed
    )
    verdict = Verdict(
        item=item,
        conversation=item.conversation,
        reviewer=reviewer,
        scorecard=item.review.scorecard,
        review=item.review,
        passed=decided.passed,
        root_cause=root_cause,
        note=note.strip(),
        case=case,
        proposal=proposal,
        blind=blind,
        seconds=max(0, int((at - (item.claimed_at or at)).total_seconds())),
        created_at=at,
    )
    insert([verdict])
    write_answers(verdict, decided)
    empty_drafts(item, at)
    return verdict


def has_decided_before(item: QueueItem, reviewer: User) -> bool:
    """Whether this person took back a verdict on the conversation, and so has seen the judge's."""
    return bool(DECIDED_BEFORE.all(conversation=item.conversation_id, reviewer=reviewer.pk))


def write_answers(verdict: Verdict, decided: Decided) -> None:
    """One row per criterion."""
    insert(
        [
            CriterionVerdict(
                parent_id=verdict.pk,
                criterion_id=criterion.pk,
                verdict=answer,
                quote=decided.quotes[criterion],
            )
            for criterion, answer in decided.answers.items()
        ]
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
    LeaseLost when it is withdrawn already. What was disputed is decided by the dispute.
    """
    if verdict.reviewer_id != by.pk and not _is_manager(verdict, by):
        raise NotYours("Only the reviewer or a manager may take a verdict back.")
    verdict.hold()
    if verdict.supersedes_id or verdict.disputes.exclude(status=Dispute.Status.DROPPED).exists():
        raise NotYours("This verdict is or was disputed: only the dispute's decision changes it.")
    if not Verdict.objects.filter(pk=verdict.pk, withdrawn_at=None).update(withdrawn_at=at):
        raise LeaseLost("This verdict is withdrawn already.")
    retire_findings(verdict, by, at, "The verdict it came from was withdrawn.")
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


def retire_findings(verdict: Verdict, by: User, at: datetime, why: str) -> None:
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
        proposal.decline(at, by, why)


def _keep_as_draft(verdict: Verdict, item: QueueItem, at: datetime) -> None:
    """Keep the answers as the reviewer's draft, so that undo loses no work."""
    data = {f"verdict-{one.criterion.key}": one.verdict for one in _results(verdict)}
    data |= {f"quote-{one.criterion.key}": one.quote for one in _results(verdict) if one.quote}
    data |= {"root_cause": verdict.root_cause, "note": verdict.note}
    save_draft(item, verdict.reviewer, data, at)


def _results(verdict: Verdict) -> list[CriterionVerdict]:
    return list(verdict.results.select_related("criterion"))
