"""The desk's form: what is posted becomes a verdict's parts; a draft keeps it as it was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from pydantic import BaseModel, ValidationError

from accounts.faults import field_errors
from reviews.desk.checking import InvalidVerdict
from reviews.desk.findings import CaseDraft, ProposalDraft

KEPT = ("root_cause", "note", "make_case", "make_proposal", "comment")
KEPT_PREFIXES = ("verdict-", "quote-", "case_", "proposal_")
LONGEST_FIELD = 10_000


@dataclass(frozen=True)
class Submitted:
    """A verdict as the form gave it."""

    answers: dict[str, dict[str, str]]
    root_cause: str
    note: str
    case: CaseDraft | None
    proposal: ProposalDraft | None


def posted(post: QueryDict) -> dict[str, str]:
    """The fields of a form without the NUL characters that no database takes."""
    return {name: str(value).replace("\0", "") for name, value in post.dict().items()}


def draft_data(post: Mapping[str, str]) -> dict[str, str]:
    """The fields of the form that a draft keeps."""
    return {
        name: value[:LONGEST_FIELD]
        for name, value in post.items()
        if name in KEPT or name.startswith(KEPT_PREFIXES)
    }


def submitted(post: Mapping[str, str], *, approved: bool) -> Submitted:
    """Read the form; a case is `approved` when the reviewer may approve cases.

    Raises InvalidVerdict when the case or the proposal is incomplete.
    """
    answers = {
        name.removeprefix("verdict-"): {
            "verdict": value,
            "quote": post.get(f"quote-{name.removeprefix('verdict-')}", "").strip(),
        }
        for name, value in post.items()
        if name.startswith("verdict-")
    }
    return Submitted(
        answers=answers,
        root_cause=post.get("root_cause", ""),
        note=post.get("note", ""),
        case=_case(post, approved) if post.get("make_case") else None,
        proposal=_proposal(post) if post.get("make_proposal") else None,
    )


def _case(post: Mapping[str, str], approved: bool) -> CaseDraft:
    values = {
        "question": post.get("case_question", "").strip(),
        "expected_action": post.get("case_expected_action", ""),
        "expected_facts": lines(post.get("case_expected_facts", "")),
        "must_not": lines(post.get("case_must_not", "")),
        "critical": bool(post.get("case_critical")),
        "approved": approved,
    }
    return _checked(CaseDraft, values, "case")


def _proposal(post: Mapping[str, str]) -> ProposalDraft:
    values = {
        "title": post.get("proposal_title", "").strip(),
        "body": post.get("proposal_body", "").strip(),
        "kind": post.get("proposal_kind", "document"),
    }
    return _checked(ProposalDraft, values, "proposal")


def _checked(model: type[Any], values: dict[str, Any], what: str) -> Any:
    """An instance of the pydantic model; its faults become faults of the verdict's form."""
    assert issubclass(model, BaseModel)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = {f"{what} {one['field']}": one["message"] for one in field_errors(error)}
        raise InvalidVerdict(faults) from None


def lines(text: str) -> list[str]:
    """The non-empty lines of a text field."""
    return [line.strip() for line in text.splitlines() if line.strip()]
