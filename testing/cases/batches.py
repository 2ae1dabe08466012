"""Changing many cases at once, by a file or for chosen rows, and undoing all of it."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from testing.cases.changing import annotate_case, change_case
from testing.cases.content import FIELDS
from testing.exchange.bringing import Brought, bring, checked, plan
from testing.exchange.entries import Entry
from testing.models import Case, CaseBatch, CaseChange, Suite
from testing.refusals import Refused

Action = CaseBatch.Action


@dataclass
class Outcome:
    """What came of an action: how many cases it changed, and why not the others."""

    batch: CaseBatch
    changed: int = 0
    refusals: list[str] = field(default_factory=list)


def keep_file(
    suite: Suite, name: str, entries: Sequence[Entry], at: datetime, by: User | None
) -> CaseBatch:
    """Keep a file's cases, checked and masked, until somebody says yes.

    What the same person left waiting in this suite goes.
    """
    ours = [checked(entry, suite.agent.workspace) for entry in entries]
    suite.batches.filter(status=CaseBatch.Status.WAITING, by=by).delete()
    return CaseBatch.objects.create(
        suite=suite,
        status=CaseBatch.Status.WAITING,
        action=Action.IMPORT,
        note=name[:300],
        entries=[asdict(entry) for entry in ours],
        by=by,
        at=at,
    )


def planned_file(batch: CaseBatch) -> list[Brought]:
    """What the waiting file would do now."""
    return plan(batch.suite, [Entry(**entry) for entry in batch.entries])


@transaction.atomic
def bring_file(batch: CaseBatch, at: datetime, by: User | None) -> list[Brought]:
    """Bring in the waiting file; Refused when that was done, or cannot be done any more."""
    planned = planned_file(batch)
    batch.begin(at)
    return bring(batch.suite, planned, at, by, batch)


def act(
    suite: Suite,
    action: str,
    cases: Sequence[Case],
    at: datetime,
    by: User | None,
    *,
    tag: str = "",
    reason: str = "",
    owner: User | None = None,
    target: Suite | None = None,
) -> Outcome:
    """Do one thing to each of the cases; those that refuse are left as they are and named."""
    note = tag or reason or (owner.username if owner else "") or (target.name if target else "")
    batch = CaseBatch.objects.create(suite=suite, action=action, note=note[:300], by=by, at=at)
    outcome = Outcome(batch)

    def do(case: Case) -> None:
        match action:
            case Action.APPROVE:
                case.approve(at, by, batch)
            case Action.RETIRE:
                case.retire(at, by, batch)
            case Action.TAG:
                change_case(case, at, by, batch, tags=[*(t for t in case.tags if t != tag), tag])
            case Action.UNTAG:
                change_case(case, at, by, batch, tags=[t for t in case.tags if t != tag])
            case Action.OWN:
                annotate_case(case, at, by, batch, owner=owner)
            case Action.FLAKY | Action.STEADY:
                annotate_case(case, at, by, batch, flaky_reason=reason)
            case Action.COPY | Action.MOVE:
                assert target is not None
                copy_to(case, target, batch)
                if action == Action.MOVE:
                    case.retire(at, by, batch)

    _for_each(cases, do, outcome)
    touched = batch.changes.filter(case__suite=suite) if action == Action.MOVE else batch.changes
    outcome.changed = touched.count()
    if not outcome.changed:
        batch.delete()
    return outcome


def copy_to(case: Case, target: Suite, batch: CaseBatch) -> Case:
    """The same case in another suite, with where it comes from; Refused if its key stands there."""
    if target.cases.exclude(status=Case.Status.RETIRED).filter(key=case.key).exists():
        raise Refused(f"{target.name} has a case {case.key} already.")
    if case.status == Case.Status.RETIRED:
        raise Refused(f"Case {case.key} is retired.")
    new = target.add_case(
        at=batch.at,
        by=batch.by,
        key=case.key,
        status=case.status,
        conversation=case.conversation,
        proposal=case.proposal,
        cluster=case.cluster,
        source=case.source,
        source_url=case.source_url,
        **case.content(),
    )
    Case.objects.filter(pk=new.pk).update(owner=case.owner, flaky_reason=case.flaky_reason)
    CaseChange.objects.create(case=new, batch=batch, at=batch.at, by=batch.by)
    return new


@transaction.atomic
def undo(batch: CaseBatch, at: datetime, by: User | None) -> Outcome:
    """Take back what a batch did: new cases are retired, changed ones as they were before.

    What was changed again since is left as it is. Refused when it was undone already.
    """
    batch.mark_undone(at, by)
    outcome = Outcome(batch)
    since = CaseChange.objects.filter(case=OuterRef("case"), pk__gt=OuterRef("pk"))
    changes = batch.changes.alias(later=Exists(since.exclude(batch=batch)))
    kept = changes.filter(later=True).select_related("case")
    outcome.refusals += [f"“{one.case}” was changed since." for one in kept]
    undone = changes.filter(later=False).select_related("case__suite__agent__workspace")
    outcome.changed = _retire_new(undone.filter(before={}), at, by)
    for change in undone.exclude(before={}).order_by("-id"):
        try:
            with transaction.atomic():
                _undo(change, at, by)
                outcome.changed += 1
        except Refused as refused:
            outcome.refusals.append(str(refused))
    return outcome


def _retire_new(changes: QuerySet[CaseChange], at: datetime, by: User | None) -> int:
    """Retire the cases that a batch made, all in one statement; returns how many."""
    cases = Case.objects.filter(pk__in=changes.values("case"))
    rows = [
        CaseChange(
            case=case, before={"status": case.status}, after={"status": "retired"}, at=at, by=by
        )
        for case in cases.exclude(status=Case.Status.RETIRED).only("pk", "status")
    ]
    count = cases.exclude(status=Case.Status.RETIRED).update(
        status=Case.Status.RETIRED, decided_by=by, decided_at=at
    )
    CaseChange.objects.bulk_create(rows, batch_size=500)
    return count


def _undo(change: CaseChange, at: datetime, by: User | None) -> None:
    """Give a case back what it was before one change."""
    case, before = change.case, dict(change.before)
    case.refresh_from_db(fields=["status"])
    if "status" in before:
        case.put_back(before.pop("status"), at, by)
    if "owner" in before:
        name = before.pop("owner")
        owner = User.objects.filter(username=name).first() if name else None
        annotate_case(case, at, by, owner=owner)
    if "flaky_reason" in before:
        annotate_case(case, at, by, flaky_reason=before.pop("flaky_reason"))
    content = {name: value for name, value in before.items() if name in FIELDS}
    if content:
        change_case(case, at, by, **content)


def _for_each(cases: Sequence[Case], do: Callable[[Case], None], outcome: Outcome) -> None:
    """Do it to each case, in a transaction of its own."""
    for case in cases:
        try:
            with transaction.atomic():
                do(case)
        except Refused as refused:
            outcome.refusals.append(str(refused))
