"""What a case consists of, as plain values, before it is a row."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Required, TypedDict

from accounts.masking import mask
from accounts.models import User, Workspace
from context.models import Proposal
from conversations.models import Conversation

if TYPE_CHECKING:
    from testing.models import QuestionCluster


class Expectation(TypedDict, total=False):
    """All of a case but its question; see `testing.models.Case`."""

    turns: Iterable[Mapping[str, str]]
    expected_action: str
    expected_facts: Iterable[str]
    must_not: Iterable[str]
    required_facts: Iterable[str]
    rubric: str
    critical: bool
    tags: Iterable[str]
    topic: str
    document_slug: str
    kind: str
    script: Iterable[str]
    persona: str
    goal: str
    known_facts: Iterable[str]
    withheld_facts: Iterable[str]
    max_turns: int
    recording: Iterable[Mapping[str, Any]]
    expected_calls: Iterable[Mapping[str, Any]]
    writing_tools: Iterable[str]


class CaseContent(Expectation, total=False):
    """What a case asks and expects."""

    question: str


class NewCase(Expectation, total=False):
    """A new case: what it asks and expects, its key and status, and where it comes from."""

    question: Required[str]
    at: Required[datetime]
    key: str | None
    status: str
    conversation: Conversation | None
    proposal: Proposal | None
    cluster: "QuestionCluster | None"
    source: str
    source_url: str
    by: User | None


FIELDS = ("question", *Expectation.__annotations__)
# Where a case belongs, not what is asked or expected: changed in place, also after it was run.
LABELS = frozenset({"tags", "topic"})


def cleaned(content: Mapping[str, Any], workspace: Workspace) -> dict[str, Any]:
    """The content of a case with every text trimmed and masked as the workspace's rules say."""
    return {name: cleaned_value(content[name], workspace) for name in FIELDS if name in content}


def cleaned_value(value: Any, workspace: Workspace) -> Any:
    """A value of JSON with every text in it trimmed and masked, without empty entries of lists."""
    match value:
        case str():
            return mask(value.replace("\0", ""), workspace).strip()
        case Mapping():
            return {name: cleaned_value(part, workspace) for name, part in value.items()}
        case Iterable():
            parts = (cleaned_value(part, workspace) for part in value)
            return [part for part in parts if part != ""]
    return value


# What the customer says besides the question: two cases that differ in it are two.
_ASKED = ("script", "persona", "goal", "known_facts", "withheld_facts")


def key_of(content: Mapping[str, Any]) -> str:
    """A readable key that is the same for the same question, turns, script and customer."""
    question = content["question"]
    turns = [dict(turn) for turn in content.get("turns", ())]
    rest = [[name, content[name]] for name in _ASKED if content.get(name)]
    asked = json.dumps([question.casefold(), turns, *rest], sort_keys=True)
    digest = hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    words = "".join(c if c.isalnum() and c.isascii() else " " for c in question.casefold()).split()
    return "-".join([*"-".join(words)[:60].strip("-").split("-"), digest]).strip("-")
