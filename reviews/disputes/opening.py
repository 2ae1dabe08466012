"""Disputes: a verdict is doubted, and another person reads the conversation blind.

What a manager decides then stands in `decisions.py`.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.members import active_members, membership
from accounts.models import Member, Role, User, Workspace
from context.models import Agent
from reviews.models import Dispute, Opinion, Verdict

Status = Dispute.Status
LOADED = (
    "verdict__conversation",
    "verdict__reviewer",
    "verdict__review",
    "verdict__scorecard__agent__workspace",
    "opened_by",
    "second_reader",
    "decided_by",
    "opinion__reviewer",
    "final",
)


class DisputeRefused(Exception):
    """What the rules of a dispute do not allow, or what another person did first."""


def disputes_of(agent: Agent) -> QuerySet[Dispute]:
    """The agent's disputes, with what a page shows of them."""
    rows = Dispute.objects.filter(verdict__scorecard__agent=agent)
    return rows.select_related(*LOADED)


def undecided_count(agent: Agent) -> int:
    """How many disputes wait for an opinion or a decision."""
    rows = Dispute.objects.filter(verdict__scorecard__agent=agent)
    return rows.filter(status__in=Dispute.UNDECIDED).count()


def workspace_of(verdict: Verdict) -> Workspace:
    """The workspace of a verdict."""
    return verdict.scorecard.agent.workspace


def is_manager(user: User, verdict: Verdict) -> bool:
    """Whether the person manages the verdict's workspace."""
    member = membership(user, workspace_of(verdict))
    return member is not None and member.may(Role.MANAGER)


@transaction.atomic
def open_dispute(
    verdict: Verdict, by: User, reason: str, at: datetime, reader: User | None = None
) -> Dispute:
    """Doubt a standing verdict, also one's own; `reader` names who is to give the second opinion.

    Raises DisputeRefused: without a reason, for a verdict that does not stand, that is disputed
    already, or that was decided finally (a manager may dispute that once more).
    """
    if not reason.strip():
        raise DisputeRefused("A dispute needs a reason.")
    verdict.hold()
    if not Verdict.objects.filter(pk=verdict.pk, withdrawn_at=None).exists():
        raise DisputeRefused("This verdict does not stand any more.")
    decided = verdict.supersedes_id or verdict.disputes.filter(status=Status.DECIDED).exists()
    if decided and not is_manager(by, verdict):
        raise DisputeRefused("This was decided finally; only a manager may open it once more.")
    try:
        with transaction.atomic():
            dispute = Dispute.objects.create(
                verdict=verdict, opened_by=by, opened_at=at, reason=reason.strip()
            )
    except IntegrityError:
        raise DisputeRefused("This verdict is disputed already.") from None
    if reader is not None:
        name_reader(dispute, reader, by, at)
    put_on_record(dispute, "verdict.disputed", by, at)
    return dispute


def possible_readers(verdict: Verdict, opener: User) -> QuerySet[Member]:
    """Who may give a second opinion: reviewers who have not judged the conversation, in the queue
    or in a dispute, and do not doubt the verdict.
    """
    judged = Verdict.objects.filter(conversation=verdict.conversation_id).values("reviewer")
    read = Opinion.objects.filter(
        dispute__verdict__conversation=verdict.conversation_id, submitted_at__isnull=False
    ).values("reviewer")
    rows = active_members(workspace_of(verdict)).exclude(user__in=judged).exclude(user__in=read)
    return rows.exclude(user=opener).select_related("user").order_by("user__username")


def readers_of(dispute: Dispute) -> QuerySet[Member]:
    """Who may give the second opinion in a dispute."""
    return possible_readers(dispute.verdict, dispute.opened_by)


@transaction.atomic
def name_reader(dispute: Dispute, reader: User | None, by: User, at: datetime) -> None:
    """Ask this person, or anyone (None), for the second opinion; what another began is dropped.

    Only a manager and who opened the dispute may; raises DisputeRefused.
    """
    if by.pk != dispute.opened_by_id and not is_manager(by, dispute.verdict):
        raise DisputeRefused("Only a manager, or who opened the dispute, names the second reader.")
    if reader is not None and not readers_of(dispute).filter(user=reader).exists():
        raise DisputeRefused(f"{reader} has judged this conversation or opened the dispute.")
    rows = Dispute.objects.filter(pk=dispute.pk, status=Status.OPEN)
    if not rows.update(second_reader=reader):
        raise DisputeRefused("The second opinion is in already.")
    unfinished = Opinion.objects.filter(dispute=dispute, submitted_at=None)
    unfinished.exclude(reviewer=reader).delete()
    if reader is not None:
        _ask(dispute, reader, at)


def _ask(dispute: Dispute, reader: User, at: datetime) -> Opinion:
    """The reader's opinion, to be written; from now on they see nothing of what others said."""
    opinion, _ = Opinion.objects.get_or_create(
        dispute=dispute,
        defaults={
            "reviewer": reader,
            "conversation": dispute.verdict.conversation,
            "scorecard": dispute.verdict.scorecard,
            "asked_at": at,
        },
    )
    return opinion


@transaction.atomic
def read_again(dispute: Dispute, reader: User, at: datetime) -> Opinion:
    """Begin, or go on with, the second opinion; who comes first of those who may gets it.

    Raises DisputeRefused.
    """
    if not readers_of(dispute).filter(user=reader).exists():
        raise DisputeRefused("You have judged this conversation, or opened the dispute.")
    nobody_else = Q(second_reader=None) | Q(second_reader=reader)
    rows = Dispute.objects.filter(nobody_else, pk=dispute.pk, status=Status.OPEN)
    if not rows.update(second_reader=reader):
        raise DisputeRefused("Somebody else gives the second opinion.")
    return _ask(dispute, reader, at)


@transaction.atomic
def put_back(dispute: Dispute, reader: User) -> None:
    """Leave the second opinion to somebody else; raises DisputeRefused."""
    rows = Dispute.objects.filter(pk=dispute.pk, status=Status.OPEN, second_reader=reader)
    if not rows.update(second_reader=None):
        raise DisputeRefused("The second opinion is not asked of you.")
    Opinion.objects.filter(dispute=dispute, submitted_at=None).delete()


@transaction.atomic
def drop_dispute(dispute: Dispute, by: User, reason: str, at: datetime) -> None:
    """Close it without a decision; a manager, or who opened it. Raises DisputeRefused."""
    if by.pk != dispute.opened_by_id and not is_manager(by, dispute.verdict):
        raise DisputeRefused("Only a manager, or who opened the dispute, may drop it.")
    if not dispute.drop(by, reason, at):
        raise DisputeRefused("The dispute is closed already.")
    Opinion.objects.filter(dispute=dispute, submitted_at=None).delete()
    put_on_record(dispute, "dispute.dropped", by, at, reason)


def put_on_record(dispute: Dispute, action: str, by: User, at: datetime, detail: str = "") -> None:
    """Write a step of a dispute into the audit trail."""
    subject = f"verdict {dispute.verdict_id} on {dispute.verdict.conversation}"
    workspace = workspace_of(dispute.verdict)
    audit.record(workspace, action, subject, at=at, user=by, detail=detail or dispute.reason)
