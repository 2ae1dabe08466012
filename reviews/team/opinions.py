"""Judgements outside the queue: begun, kept as a draft, handed in, taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from accounts.models import User
from reviews.desk.checking import Answers, Decided, check_answers
from reviews.models import CalibrationSession, Opinion, OpinionAnswer


class NotAsked(Exception):
    """This opinion is not asked of this person, or not any more."""


def is_asked(opinion: Opinion) -> bool:
    """Whether the opinion may still be written: its dispute waits for it, or its calibration is
    open.
    """
    if opinion.dispute is not None:
        waits = opinion.dispute.status == opinion.dispute.Status.OPEN
        return waits and opinion.dispute.second_reader_id == opinion.reviewer_id
    assert opinion.entry is not None
    return opinion.entry.session.status == opinion.entry.session.Status.OPEN


def keep_opinion_draft(opinion: Opinion, data: Mapping[str, str]) -> bool:
    """Store the form as it is typed; False when the opinion is handed in or no longer asked."""
    rows = Opinion.objects.filter(pk=opinion.pk, submitted_at=None)
    return is_asked(opinion) and bool(rows.update(draft=dict(data)))


@transaction.atomic
def submit_opinion(
    opinion: Opinion, answers: Answers, *, at: datetime, root_cause: str = "", note: str = ""
) -> Opinion:
    """Hand an opinion in, and let what it was asked for go on: the dispute waits for its decision,
    the calibration closes after its last answer.

    Raises InvalidVerdict when the answers do not fit, NotAsked when it is no longer wanted.
    """
    workspace = opinion.scorecard.agent.workspace
    decided = check_answers(workspace, opinion.scorecard, opinion.conversation, answers, root_cause)
    if opinion.entry is not None:
        opinion.entry.session.hold()
    given = {
        "passed": decided.passed,
        "root_cause": root_cause,
        "note": note.strip(),
        "submitted_at": at,
        "draft": {},
    }
    rows = Opinion.objects.filter(pk=opinion.pk, submitted_at=None)
    if not is_asked(fresh(opinion)) or not rows.update(**given):
        raise NotAsked("This opinion is no longer asked of you.")
    _write_answers(opinion, decided)
    if opinion.dispute is not None and not opinion.dispute.take_opinion(opinion.reviewer):
        raise NotAsked("This opinion is no longer asked of you.")
    if opinion.entry is not None:
        opinion.entry.session.close_if_complete(at)
    return fresh(opinion)


def _write_answers(opinion: Opinion, decided: Decided) -> None:
    """One row per criterion."""
    OpinionAnswer.objects.bulk_create(
        OpinionAnswer(parent=opinion, criterion=one, verdict=said, quote=decided.quotes[one])
        for one, said in decided.answers.items()
    )


def fresh(opinion: Opinion) -> Opinion:
    """The opinion as it is stored now, with what it was asked for."""
    rows = Opinion.objects.select_related("dispute", "entry__session", "reviewer")
    return rows.get(pk=opinion.pk)


@transaction.atomic
def take_opinion_back(opinion: Opinion) -> Opinion:
    """Reopen an answer of an open calibration, as it was given; raises NotAsked otherwise.

    A second opinion stays: the dispute goes on from it.
    """
    if opinion.entry is None or not opinion.entry.session.hold():
        raise NotAsked("What was handed in here stays.")
    data = {f"verdict-{one.criterion.key}": one.verdict for one in answers_of(opinion)}
    data |= {f"quote-{one.criterion.key}": one.quote for one in answers_of(opinion) if one.quote}
    data |= {"root_cause": opinion.root_cause, "note": opinion.note}
    rows = Opinion.objects.filter(pk=opinion.pk, submitted_at__isnull=False)
    if not is_asked(fresh(opinion)) or not rows.update(submitted_at=None, passed=None, draft=data):
        raise NotAsked("There is nothing to take back.")
    OpinionAnswer.objects.filter(parent=opinion).delete()
    return fresh(opinion)


def answers_of(opinion: Opinion) -> list[OpinionAnswer]:
    """The answers with their criteria, in order."""
    return list(opinion.results.select_related("criterion"))


@dataclass(frozen=True)
class Place:
    """Where a person is in a calibration: the how-manieth conversation, and how many are judged."""

    number: int
    done: int
    total: int
    last: Opinion | None


def asked_in(session: CalibrationSession, user: User) -> QuerySet[Opinion]:
    """A participant's opinions of a session, in the order of its conversations."""
    rows = Opinion.objects.filter(entry__session=session, reviewer=user)
    return rows.select_related("entry__conversation").order_by("entry__position")


def next_opinion(session: CalibrationSession, user: User) -> Opinion | None:
    """The participant's next conversation; None when all are judged or the session has ended."""
    if session.status != CalibrationSession.Status.OPEN:
        return None
    return asked_in(session, user).filter(submitted_at=None).first()


def place_of(opinion: Opinion) -> Place | None:
    """The participant's progress in the opinion's calibration; None for a second opinion."""
    if opinion.entry is None:
        return None
    rows = list(asked_in(opinion.entry.session, opinion.reviewer))
    done = [row for row in rows if row.submitted_at]
    number = [row.pk for row in rows].index(opinion.pk) + 1
    newest = max(done, key=lambda row: (row.submitted_at, row.pk), default=None)
    return Place(number, len(done), len(rows), newest)


@dataclass(frozen=True)
class SessionProgress:
    """One session of a list: of all that is asked, how much is in; and how much of one person's."""

    session: CalibrationSession
    asked: int
    done: int
    mine: int
    mine_done: int


def progress_of(sessions: Sequence[CalibrationSession], user: User) -> list[SessionProgress]:
    """How far these sessions are, in one query."""
    mine, done = Q(reviewer=user), Q(submitted_at__isnull=False)
    counted = (
        Opinion.objects.filter(entry__session__in=sessions)
        .order_by()
        .values_list("entry__session")
        .annotate(
            asked=Count("pk"),
            done=Count("pk", filter=done),
            mine=Count("pk", filter=mine),
            mine_done=Count("pk", filter=mine & done),
        )
    )
    found = {key: counts for key, *counts in counted}
    return [SessionProgress(one, *found.get(one.pk, [0, 0, 0, 0])) for one in sessions]
