"""What a group agreed on after a calibration: on record, and handed out as a file."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from context.models import Agent
from reviews.calibrations.differences import Difference, Differences
from reviews.calibrations.sessions import CalibrationRefused
from reviews.desk.exports import csv_lines
from reviews.models import (
    CalibrationRule,
    CalibrationSession,
    Grade,
)

COLUMNS = (
    "session", "source", "external_id", "criterion", "person", "answer", "quote", "note", "judge",
    "agreed", "rule", "recorded_by", "recorded_at",
)  # fmt: skip


def record_rule(
    session: CalibrationSession,
    entry: int,
    key: str,
    answer: str,
    rule: str,
    *,
    by: User,
    at: datetime,
) -> CalibrationRule:
    """Keep the answer the group agreed on, and the rule it learned; a later one takes its place.

    Raises CalibrationRefused while the session is open, and for what is not in it.
    """
    if session.status != CalibrationSession.Status.CLOSED:
        raise CalibrationRefused("Agree when the session is closed.")
    found = session.conversations.filter(pk=entry).first()
    criterion = session.scorecard.criteria.filter(key=key).first()
    if found is None or criterion is None:
        raise CalibrationRefused("There is no such question in this session.")
    if answer not in Grade.values:
        raise CalibrationRefused("Choose the answer you agreed on.")
    return CalibrationRule.objects.create(
        entry=found,
        criterion=criterion,
        answer=answer,
        rule=rule.strip(),
        recorded_by=by,
        recorded_at=at,
    )


def rules_of(agent: Agent) -> QuerySet[CalibrationRule]:
    """The rules that were learned, newest first; those that a later one replaced are left out."""
    rows = CalibrationRule.objects.filter(entry__session__agent=agent).exclude(rule="")
    newest = (
        CalibrationRule.objects.filter(entry__session__agent=agent)
        .order_by("entry", "criterion", "-recorded_at", "-pk")
        .values_list("entry", "criterion", "pk")
    )
    standing: dict[tuple[int, int], int] = {}
    for entry, criterion, key in newest:
        standing.setdefault((entry, criterion), key)
    rows = rows.filter(pk__in=standing.values()).order_by("-recorded_at", "-pk")
    return rows.select_related("criterion", "entry__session", "entry__conversation", "recorded_by")


def differences_file(session: CalibrationSession, found: Differences) -> Iterator[str]:
    """The lines of a CSV file: one a person, question and conversation."""
    rows = (
        row
        for compared in found.conversations
        for one in compared.differences
        for row in _rows(session, one)
    )
    return csv_lines(COLUMNS, rows)


def _rows(session: CalibrationSession, one: Difference) -> Iterator[dict[str, Any]]:
    """A row for each person who answered the question."""
    agreed, conversation = one.agreed, one.entry.conversation
    for answer in one.answers:
        yield {
            "session": session.name,
            "source": conversation.source,
            "external_id": conversation.external_id,
            "criterion": one.criterion.key,
            "person": answer.parent.reviewer.username,
            "answer": answer.verdict,
            "quote": answer.quote,
            "note": answer.parent.note,
            "judge": one.judge.verdict if one.judge else "",
            "agreed": agreed.answer if agreed else "",
            "rule": agreed.rule if agreed else "",
            "recorded_by": agreed.recorded_by.username if agreed else "",
            "recorded_at": agreed.recorded_at if agreed else "",
        }
