"""Saying who was wrong where the judge and a person differ, and taking it back."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.masking import mask
from accounts.members import membership
from accounts.models import Role, User, Workspace
from reviews.agreement.disagreements import Disagreement, standing_marks
from reviews.desk.verdicts import NotYours
from reviews.models import DisagreementMark
from reviews.models.disagreements import MOST_CHARACTERS


class AlreadyMarked(Exception):
    """Somebody marked it before, or took the mark back."""


def mark_disagreement(
    found: Disagreement,
    blame: str,
    by: User,
    at: datetime,
    *,
    lesson: str = "",
    quote: str = "",
) -> DisagreementMark:
    """Mark who was wrong. Without a quote it keeps the person's, else the judge's.

    Raises AlreadyMarked.
    """
    answer, result = found.answer, found.result
    workspace = answer.parent.scorecard.agent.workspace
    words = quote.strip() or answer.quote or result.quote
    try:
        with transaction.atomic():
            return DisagreementMark.objects.create(
                result=result,
                answer=answer,
                blame=DisagreementMark.Blame(blame),
                quote=kept(words, workspace),
                lesson=kept(lesson, workspace),
                by=by,
                at=at,
            )
    except IntegrityError:
        raise AlreadyMarked("Somebody has marked it in the meantime.") from None


def kept(text: str, workspace: Workspace) -> str:
    """A text as it is stored: in one line, masked, and short."""
    line = " ".join(mask(text.replace("\0", ""), workspace).split())
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"


def undo_mark(mark: DisagreementMark, by: User, at: datetime) -> None:
    """Take a mark back; lists of traps that quote it already stay as they are.

    Raises NotYours unless it is one's own or one is a manager, and AlreadyMarked when it is gone.
    """
    member = membership(by, mark.answer.parent.scorecard.agent.workspace)
    if mark.by_id != by.pk and not (member and member.may(Role.MANAGER)):
        raise NotYours("Only who marked it or a manager may take a mark back.")
    if not standing_marks().filter(pk=mark.pk).update(undone_by=by, undone_at=at):
        raise AlreadyMarked("The mark has been taken back already.")
