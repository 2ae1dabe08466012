"""What is paid once: the identical request of both releases, and the grade of identical answers.

Trials of one case whose whole request is the same – model, messages, settings and seed – are asked
once: the row of the release that is tested takes over what the baseline's says, and says so. Trials
of one release have different seeds and are never merged, so they stay independent of each other;
nor are those of two cases.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from context.answers.answering import answer_call
from context.models import Release
from llm.states import WorkState
from llm.work import write
from testing.models import Case, Result, Run

ENDED = (WorkState.DONE, WorkState.FAILED, WorkState.SKIPPED)
_GRADE = ("passed", "quote", "reason", "grade_model", "state", "error")
_ANSWER = (
    "action", "reply", "sources", "missing_facts", "failures", "answer_model", "answer_usd",
    "latency_ms",
)  # fmt: skip
_WRITTEN = [*_ANSWER, *_GRADE, "finished_at"]
_AT_ONCE = 500


def shared_cases(cases: Iterable[Case], releases: Sequence[Release]) -> set[int]:
    """The cases of which both releases make the identical request; none without a baseline."""
    if len(releases) < 2:
        return set()
    return {case.pk for case in cases if _is_identical(case, *releases)}


def _is_identical(case: Case, tested: Release, baseline: Release) -> bool:
    """Whether both make the identical request, and it is the only one of the trial."""
    if case.kind != Case.Kind.QUESTION:
        return False
    ours, theirs = (answer_call(release, case.messages) for release in (tested, baseline))
    return ours == theirs and not ours.tools


def share(run: Run, at: datetime) -> None:
    """Give the trials that wait for another what it came to, as far as that has ended: the grade of
    an identical answer, and all of an identical request.
    """
    while _share_grades(run, at):
        pass
    while run.baseline_id and _share_requests(run, at):
        pass


@transaction.atomic
def _share_grades(run: Run, at: datetime) -> int:
    """Some of the grades that stand; how many."""
    rows = _waiting(run).filter(same_answer_as__state__in=ENDED, is_shared=False)
    some = list(rows.select_related("same_answer_as")[:_AT_ONCE])
    for row in some:
        _take(row, row.same_answer_as, _GRADE, at)
    write(some, _WRITTEN)
    return len(some)


@transaction.atomic
def _share_requests(run: Run, at: datetime) -> int:
    """Some of the baseline's results that stand; how many."""
    asked = run.results.filter(release=run.baseline_id, state__in=ENDED)
    same = asked.filter(case=OuterRef("case"), trial=OuterRef("trial"))
    some = list(_waiting(run).filter(Exists(same), is_shared=True)[:_AT_ONCE])
    given = asked.filter(case__in={row.case_id for row in some})
    found = {(row.case_id, row.trial): row for row in given}
    for row in some:
        _take(row, found[row.case_id, row.trial], (*_ANSWER, *_GRADE), at)
    write(some, _WRITTEN)
    return len(some)


def _waiting(run: Run) -> QuerySet[Result]:
    """The trials that wait, locked where the database can: another worker may share, too."""
    rows = run.results.filter(state=WorkState.PENDING)
    if connection.features.has_select_for_update:
        return rows.select_for_update(of=("self",))
    return rows


def _take(row: Result, given: Any, columns: Iterable[str], at: datetime) -> None:
    for name in columns:
        setattr(row, name, getattr(given, name))
    row.finished_at = at
