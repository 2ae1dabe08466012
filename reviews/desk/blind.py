"""Blind reading: what a person must not see of a conversation until they have decided about it."""

from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from context.models import Agent
from reviews.models import CalibrationSession, Dispute, Opinion, QueueItem, Review, Verdict


def deciding(user_id: int | None) -> QuerySet[QueueItem]:
    """The blind items this person has claimed and not yet decided; nobody's for None."""
    return QueueItem.objects.filter(
        claimed_by_id=user_id, state=QueueItem.State.CLAIMED, is_blind=True
    ).exclude(claimed_by=None)


def owed(user_id: int | None) -> QuerySet[Opinion]:
    """The second opinions and calibration answers this person has yet to give, all blind."""
    asked = Q(dispute__status=Dispute.Status.OPEN, dispute__second_reader=user_id)
    asked |= Q(entry__session__status=CalibrationSession.Status.OPEN)
    return Opinion.objects.filter(asked, reviewer=user_id, submitted_at=None)


def held_blind(agent: Agent, user_id: int | None) -> list[int]:
    """The agent's conversations that this person is reading blind."""
    items = deciding(user_id).filter(queue__agent=agent)
    opinions = owed(user_id).filter(scorecard__agent=agent)
    found = items.order_by().values_list("conversation", flat=True)
    return list(found.union(opinions.order_by().values_list("conversation", flat=True)))


class Asked(NamedTuple):
    """How many opinions a person is asked for."""

    second_opinions: int
    calibrations: int


def asked_of(agent: Agent, user_id: int) -> Asked:
    """How many opinions on the agent's conversations this person has not handed in."""
    rows = owed(user_id).filter(scorecard__agent=agent)
    return Asked(
        **rows.aggregate(
            second_opinions=Count("pk", filter=Q(entry=None)),
            calibrations=Count("pk", filter=Q(dispute=None)),
        )
    )


def is_deciding(user_id: int | None, conversation_id: int) -> bool:
    """Whether this person is reading the conversation blind: then neither the judge's opinion nor
    another reader's is shown.
    """
    return (
        deciding(user_id).filter(conversation=conversation_id).exists()
        or owed(user_id).filter(conversation=conversation_id).exists()
    )


def reviews_but(rows: QuerySet[Review], conversations: list[int]) -> QuerySet[Review]:
    """Reviews without those of the conversations: filters would tell what the rows hide."""
    return rows.exclude(conversation__in=conversations) if conversations else rows


def verdicts_but(rows: QuerySet[Verdict], conversations: list[int]) -> QuerySet[Verdict]:
    """Verdicts without those on the conversations, among them the other reading of a double."""
    return rows.exclude(conversation__in=conversations) if conversations else rows
