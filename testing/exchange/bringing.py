"""Cases brought in: what a file or a list would do is planned first, then done as planned.

A case is known by its key, made from the question and turns where none is given. Bringing the same
case again changes nothing; bringing another content under its key changes the case.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from pydantic import ValidationError

from accounts.faults import FieldErrors, field_errors
from accounts.models import User, Workspace
from testing.cases.changing import change_case, changed_case
from testing.cases.content import FIELDS, cleaned, key_of
from testing.exchange.entries import Entry
from testing.models import Case, CaseBatch, CaseChange, Suite
from testing.refusals import Refused
from testing.schema import CaseIn

_FEW = 500


@dataclass(frozen=True)
class Brought:
    """What becomes, or became, of one case: created, changed, unchanged or error.

    `differing` are the fields that change; `case` is the one that stands, once there is one.
    """

    entry: Entry
    status: str
    case: Case | None = None
    differing: list[str] = field(default_factory=list)

    @property
    def errors(self) -> FieldErrors:
        """Why it is none, field by field."""
        return self.entry.errors


def checked(entry: Entry, workspace: Workspace) -> Entry:
    """The entry with its key, status and content checked and masked, or with its errors."""
    if entry.errors:
        return entry
    try:
        given = CaseIn.model_validate(entry.body)
        content = cleaned(given.model_dump(exclude={"key", "status"}), workspace)
        key = given.key or key_of(content)
        new = Case(status=given.status, **content)
        new.check_expectation()
        new.check_customer()
    except ValidationError as error:
        return replace(entry, body=None, errors=field_errors(error))
    except Refused as refused:
        return _refused(entry, refused)
    return replace(entry, body={"key": key, "status": given.status} | content)


def plan(suite: Suite, entries: Sequence[Entry]) -> list[Brought]:
    """What bringing in these checked entries would do; nothing is written."""
    standing = _standing(suite, [entry.body["key"] for entry in entries if not entry.errors])
    first: dict[str, Entry] = {}
    return [_planned(entry, standing, first) for entry in entries]


def bring(
    suite: Suite,
    planned: Sequence[Brought],
    at: datetime,
    by: User | None = None,
    batch: CaseBatch | None = None,
) -> list[Brought]:
    """Do what was planned, all or nothing; entries with errors are passed over.

    Raises Refused when a case has changed since the plan so that it cannot be done any more.
    """
    try:
        with transaction.atomic():
            new = iter(_create(suite, planned, at, by, batch))
            return [
                replace(one, case=next(new)) if one.status == "created" else _do(one, at, by, batch)
                for one in planned
            ]
    except IntegrityError:
        raise Refused("Somebody added the same cases meanwhile: look at it again.") from None


def put_cases(
    suite: Suite, bodies: Iterable[Any], at: datetime, by: User | None = None
) -> list[Brought]:
    """Add or change many cases; each gets its own answer, and a bad one stops no other."""
    entries = [Entry(f"item {number}", body) for number, body in enumerate(bodies, start=1)]
    workspace = suite.agent.workspace
    return bring(suite, plan(suite, [checked(entry, workspace) for entry in entries]), at, by)


def put_case(suite: Suite, body: CaseIn, at: datetime, by: User | None = None) -> tuple[Case, str]:
    """Add or change the case of this key; returns it and created, changed or unchanged.

    Raises Refused when an approved case would expect nothing.
    """
    [brought] = put_cases(suite, [body.model_dump()], at, by)
    if brought.case is None:
        raise Refused(brought.errors[0]["message"])
    return brought.case, brought.status


def exported(cases: Iterable[Case]) -> Iterator[dict[str, Any]]:
    """Each case as it comes in again: its key, status and content."""
    for case in cases:
        yield {"key": case.key, "status": case.status} | case.content()


def _standing(suite: Suite, keys: list[str]) -> dict[str, Case]:
    """The cases that are not retired by their keys: at least those of `keys`."""
    cases = suite.cases.exclude(status=Case.Status.RETIRED)
    if len(keys) <= _FEW:
        cases = cases.filter(key__in=keys)
    found = {case.key: case for case in cases}
    for case in found.values():
        case.suite = suite
    return found


def _planned(entry: Entry, standing: dict[str, Case], first: dict[str, Entry]) -> Brought:
    if entry.errors:
        return Brought(entry, "error")
    key = entry.body["key"]
    before = first.setdefault(key, entry)
    if before is not entry:
        if before.body == entry.body:
            return Brought(entry, "unchanged", standing.get(key))
        return Brought(
            _refused(entry, Refused(f"{before.place} has the key {key} too"), "key"), "error"
        )
    case = standing.get(key)
    if case is None:
        return Brought(entry, "created")
    old, content = case.content(), _content(entry)
    differing = [name for name in FIELDS if content[name] != old[name]]
    try:
        new = changed_case(case, content)
    except Refused as refused:
        return Brought(_refused(entry, refused), "error")
    if entry.body["status"] == "approved" and case.status == Case.Status.DRAFT:
        differing.append("status")
        new.status = Case.Status.APPROVED
        if not new.expects_something:
            return Brought(_refused(entry, Refused("it expects nothing")), "error")
    return Brought(entry, "changed" if differing else "unchanged", case, differing)


def _refused(entry: Entry, refused: Refused, name: str = "status") -> Entry:
    return replace(entry, body=None, errors=[{"field": name, "message": str(refused)}])


def _content(entry: Entry) -> dict[str, Any]:
    return {name: entry.body[name] for name in FIELDS}


def _create(
    suite: Suite,
    planned: Sequence[Brought],
    at: datetime,
    by: User | None,
    batch: CaseBatch | None,
) -> list[Case]:
    """Store the new cases; of a file, with what of each could not be kept."""
    new = [one.entry for one in planned if one.status == "created"]
    file = f"file {batch.note}"[:150] if batch else ""
    cases = Case.objects.bulk_create(
        [
            Case(
                suite=suite,
                source=f"{file}, {entry.place}" if file else "",
                owner=by,
                created_by=by,
                created_at=at,
                **entry.body,
            )
            for entry in new
        ],
        batch_size=_FEW,
    )
    if batch is not None:
        pairs = zip(cases, new, strict=True)
        rows = [
            CaseChange(case=case, batch=batch, after=_left_out(entry), at=at, by=by)
            for case, entry in pairs
        ]
        CaseChange.objects.bulk_create(rows, batch_size=_FEW)
    return cases


def _left_out(entry: Entry) -> dict[str, Any]:
    return {"left_out": entry.left_out} if entry.left_out else {}


def _do(one: Brought, at: datetime, by: User | None, batch: CaseBatch | None) -> Brought:
    """Change the case as planned; nothing for one that stays, or cannot be read."""
    if one.status != "changed" or one.case is None:
        return one
    case = change_case(one.case, at, by, batch, **_content(one.entry))
    if "status" in one.differing:
        case.approve(at, by, batch)
    return replace(one, case=case)
