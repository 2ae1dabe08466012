"""A change of a case: what it asks and expects by a new row, what is said about it in place."""

from datetime import datetime
from typing import Any, Unpack

from django.db import transaction

from accounts.models import User
from testing.cases.content import LABELS, CaseContent, cleaned
from testing.models import Case, CaseBatch
from testing.refusals import Refused

CRITICAL_IS_STEADY = (
    "A critical case always counts in the gate, so it cannot be marked flaky: mend it, or say that "
    "it is not critical."
)

# What a new version of a case takes over from the one before.
KEPT = ("conversation", "proposal", "cluster", "source", "source_url", "owner", "flaky_reason")


@transaction.atomic
def change_case(
    case: Case,
    at: datetime,
    by: User | None = None,
    batch: CaseBatch | None = None,
    **changes: Unpack[CaseContent],
) -> Case:
    """Change what a case asks or expects; returns the case that stands now.

    A case with results is not edited: it is retired and a new row with its key takes its place,
    approved if it was; its labels alone are changed in place. Refused for a retired case, for an
    approved one that is left expecting nothing, and for a flaky one that becomes critical.
    """
    old = case.content()
    content = old | cleaned(changes, case.suite.agent.workspace)
    differing = {name for name in content if content[name] != old[name]}
    if not differing:
        return case
    new = changed_case(case, content)
    if differing <= LABELS or not case.results.exists():
        Case.objects.filter(pk=case.pk).update(**content)
        case.refresh_from_db()
        new = case
    else:
        _replace(case, new, at, by)
    new.record({name: old[name] for name in content if name in differing}, at, by, batch)
    return new


def changed_case(case: Case, content: dict[str, Any]) -> Case:
    """The case, not stored, that this one would become; Refused where it may not."""
    if case.status == Case.Status.RETIRED:
        raise Refused(f"Case {case.key} is retired and cannot be changed.")
    new = Case(suite=case.suite, key=case.key, status=case.status, **content)
    new.check_expectation()
    new.check_customer()
    if new.critical and case.flaky_reason:
        raise Refused(CRITICAL_IS_STEADY)
    return new


def _replace(case: Case, new: Case, at: datetime, by: User | None) -> None:
    """Retire a case and store the one that takes its place, with where it comes from."""
    rows = Case.objects.filter(pk=case.pk).exclude(status=Case.Status.RETIRED)
    if not rows.update(status=Case.Status.RETIRED, decided_by=by, decided_at=at):
        raise Refused(f"Case {case.key} is retired and cannot be changed.")
    case.status = Case.Status.RETIRED
    for name in KEPT:
        setattr(new, name, getattr(case, name))
    new.created_by, new.created_at = by, at
    new.save(force_insert=True)


@transaction.atomic
def annotate_case(
    case: Case,
    at: datetime,
    by: User | None = None,
    batch: CaseBatch | None = None,
    **fields: Any,
) -> None:
    """Set the owner or the reason why a case is flaky; what was run stays as it was.

    Refused when a critical case would be marked flaky.
    """
    if fields.get("flaky_reason") and case.critical:
        raise Refused(CRITICAL_IS_STEADY)
    before = {name: getattr(case, name) for name in fields if getattr(case, name) != fields[name]}
    if not before:
        return
    Case.objects.filter(pk=case.pk).update(**{name: fields[name] for name in before})
    for name in before:
        setattr(case, name, fields[name])
    case.record(before, at, by, batch)
