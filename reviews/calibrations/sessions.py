"""Calibration sessions: which conversations, who takes part, and when one ends."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.members import active_members
from accounts.models import User
from context.models import Agent
from reviews.calibrations.draw import Choice, chosen_by_draw, chosen_by_hand
from reviews.models import (
    CalibrationConversation,
    CalibrationParticipant,
    CalibrationSession,
    Opinion,
)
from reviews.scorecards import active_scorecard

SIZE, MOST = 20, 50
LEAST_PEOPLE = 2
Status = CalibrationSession.Status


class CalibrationRefused(Exception):
    """What a session cannot be started with, or what is too late for it."""


@dataclass(frozen=True)
class Plan:
    """A session as a manager asks for it: `picked` names conversations; else `size` are drawn."""

    name: str
    people: Sequence[User]
    due_on: date | None = None
    size: int = SIZE
    picked: Sequence[str] = ()


def start_session(agent: Agent, plan: Plan, *, by: User, at: datetime) -> CalibrationSession:
    """Start a session: its conversations are fixed, and each person is asked for each of them.

    Raises CalibrationRefused: without a name, with fewer than two people who may review, or where
    there are no conversations to judge.
    """
    check_plan(agent, plan)
    seed = secrets.token_hex(32)
    chosen = _choose(agent, plan, seed, at)
    with transaction.atomic():
        session = CalibrationSession.objects.create(
            agent=agent,
            name=plan.name.strip(),
            scorecard=active_scorecard(agent, at),
            seed=seed,
            due_on=plan.due_on,
            created_by=by,
            created_at=at,
        )
        write_conversations(session, chosen)
        for user in plan.people:
            _ask(session, user, at)
        _trail(session, "calibration.started", by, at)
    return session


def _choose(agent: Agent, plan: Plan, seed: str, at: datetime) -> list[Choice]:
    """The conversations of the plan; raises CalibrationRefused where there are none."""
    try:
        chosen = (
            chosen_by_hand(agent, plan.picked)
            if plan.picked
            else chosen_by_draw(agent, plan.people, plan.size, seed, at)
        )
    except ValueError as error:
        raise CalibrationRefused(str(error)) from None
    if not chosen:
        raise CalibrationRefused("No reviewed conversation of the last four weeks is free for it.")
    return chosen


def check_plan(agent: Agent, plan: Plan) -> None:
    """Raise CalibrationRefused for a plan that cannot be carried out."""
    if not plan.name.strip():
        raise CalibrationRefused("A session needs a name.")
    if not 1 <= plan.size <= MOST or len(plan.picked) > MOST:
        raise CalibrationRefused(f"A session holds 1 to {MOST} conversations.")
    here = set(active_members(agent.workspace).values_list("user", flat=True))
    if len({user.pk for user in plan.people} & here) < LEAST_PEOPLE:
        raise CalibrationRefused("At least two people who review here take part.")
    if strangers := [user.username for user in plan.people if user.pk not in here]:
        raise CalibrationRefused(f"{', '.join(strangers)}: not a reviewer here.")


def write_conversations(session: CalibrationSession, chosen: Sequence[Choice]) -> None:
    """Store the session's conversations in order."""
    CalibrationConversation.objects.bulk_create(
        CalibrationConversation(
            session=session,
            conversation_id=one.conversation,
            review_id=one.review,
            position=position,
            reason=one.reason,
        )
        for position, one in enumerate(chosen)
    )


def _ask(session: CalibrationSession, user: User, at: datetime) -> None:
    """Take a person in, or in again, and ask them for what they have not judged."""
    row, made = CalibrationParticipant.objects.get_or_create(
        session=session, user=user, defaults={"joined_at": at}
    )
    if not made and row.removed_at is not None:
        row.removed_at = None
        row.save(update_fields=["removed_at"])
    missing = session.conversations.exclude(opinions__reviewer=user)
    Opinion.objects.bulk_create(
        Opinion(
            entry=entry,
            conversation_id=entry.conversation_id,
            scorecard=session.scorecard,
            reviewer=user,
            asked_at=at,
        )
        for entry in missing
    )


@transaction.atomic
def add_participant(session: CalibrationSession, user: User, *, by: User, at: datetime) -> None:
    """Let a person join late, or come back; raises CalibrationRefused."""
    _hold_open(session)
    if not active_members(session.agent.workspace).filter(user=user).exists():
        raise CalibrationRefused(f"{user} does not review here.")
    _ask(session, user, at)
    _trail(session, "calibration.joined", by, at, user.username)


@transaction.atomic
def remove_participant(session: CalibrationSession, user: User, *, by: User, at: datetime) -> None:
    """Take a person out: what they judged stays on record and is left out of the comparison.

    Raises CalibrationRefused. If only theirs was missing, the session closes.
    """
    _hold_open(session)
    rows = CalibrationParticipant.objects.filter(session=session, user=user, removed_at=None)
    if not rows.update(removed_at=at):
        raise CalibrationRefused(f"{user} does not take part.")
    Opinion.objects.filter(entry__session=session, reviewer=user, submitted_at=None).delete()
    _trail(session, "calibration.left", by, at, user.username)
    session.close_if_complete(at)


@transaction.atomic
def end_session(session: CalibrationSession, status: str, *, by: User, at: datetime) -> None:
    """Close it, to compare what there is, or cancel it; raises CalibrationRefused when it has
    ended.
    """
    _hold_open(session)
    session.end(status, by, at)
    _trail(session, f"calibration.{status}", by, at)


def _hold_open(session: CalibrationSession) -> None:
    if not session.hold():
        raise CalibrationRefused("The session has ended.")


def _trail(
    session: CalibrationSession, action: str, by: User, at: datetime, detail: str = ""
) -> None:
    workspace = session.agent.workspace
    audit.record(workspace, action, session.name, at=at, user=by, detail=detail)
