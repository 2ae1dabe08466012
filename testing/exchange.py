"""Cases in and out: one object of `testing.schema.CaseIn` a case, one a line in a JSONL file.

A case is known by its key, made from the question and turns where none is given. Bringing the same
case again changes nothing; bringing another content under its key changes the case.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from accounts.bodies import field_errors
from accounts.models import User
from accounts.problems import FieldErrors
from testing.content import key_of
from testing.models import Case, Suite
from testing.refusals import Refused
from testing.schema import CaseIn


@dataclass(frozen=True)
class Brought:
    """What became of one case: created, changed, unchanged or error; `index` counts from 0."""

    index: int
    status: str
    case: Case | None = None
    errors: FieldErrors = field(default_factory=list)


def put_case(suite: Suite, body: CaseIn, at: datetime, by: User | None = None) -> tuple[Case, str]:
    """Add or change the case of this key; returns it and created, changed or unchanged.

    Raises Refused when an approved case would expect nothing.
    """
    content: dict[str, Any] = body.model_dump(exclude={"key", "status"})
    key = body.key or key_of(body.question, content["turns"])
    standing = suite.cases.exclude(status=Case.Status.RETIRED).filter(key=key).first()
    if standing is None:
        return suite.add_case(at=at, by=by, key=key, status=body.status, **content), "created"
    before = standing.content(), standing.status
    case = standing.change(at, by, **content)
    if body.status == "approved":
        case.approve(at, by)
    return case, "unchanged" if (case.content(), case.status) == before else "changed"


def put_cases(
    suite: Suite, bodies: Iterable[Any], at: datetime, by: User | None = None
) -> list[Brought]:
    """Add or change many cases; each gets its own answer, and a bad one stops no other."""
    return [_bring(suite, index, body, at, by) for index, body in enumerate(bodies)]


def import_jsonl(
    suite: Suite, lines: Iterable[str], at: datetime, by: User | None = None
) -> list[Brought]:
    """Bring the cases of a JSONL text; `index` of an answer is the line's number less one."""
    return [
        _bring(suite, index, _parse(line), at, by)
        for index, line in enumerate(lines)
        if line.strip()
    ]


def export_jsonl(suite: Suite) -> Iterator[str]:
    """The cases that are not retired, a line each, as `import_jsonl` takes them."""
    for case in suite.cases.exclude(status=Case.Status.RETIRED).order_by("id"):
        content = {"key": case.key, "status": case.status} | case.content()
        yield json.dumps(content, ensure_ascii=False) + "\n"


def _parse(line: str) -> Any:
    """The value of a line; a line that is not JSON stays text, which is no case."""
    try:
        return json.loads(line)
    except ValueError:
        return line


def _bring(suite: Suite, index: int, body: Any, at: datetime, by: User | None) -> Brought:
    try:
        case, status = put_case(suite, CaseIn.model_validate(body), at, by)
    except ValidationError as error:
        return Brought(index, "error", errors=field_errors(error))
    except Refused as refused:
        return Brought(index, "error", errors=[{"field": "status", "message": str(refused)}])
    return Brought(index, status, case)
