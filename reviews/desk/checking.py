"""What a person answers, checked against the scorecard: one rule for the desk, a second opinion and
a calibration.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import Workspace
from accounts.prepared import Given, Prepared
from conversations.models import Conversation
from reviews.judging.answers import applies
from reviews.judging.scoring import Answer, has_failed
from reviews.models import Criterion, Grade, RootCause, Scorecard

CRITERIA = Prepared(
    lambda: Criterion.objects.filter(scorecard=Given("scorecard")).order_by("position")
)
Answers = Mapping[str, Mapping[str, str]]


class InvalidVerdict(Exception):
    """The verdict does not fit the scorecard; `faults` names each field with what is wrong."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {fault}" for field, fault in faults.items()))
        self.faults = faults


@dataclass(frozen=True)
class Decided:
    """Answers that fit: pass, fail or na for every criterion that applies, with its quote."""

    answers: dict[Criterion, str]
    quotes: dict[Criterion, str]

    @property
    def passed(self) -> bool:
        """Whether no critical criterion failed."""
        return not has_failed(Answer(v, c.weight, c.critical) for c, v in self.answers.items())


def criteria_of(scorecard: int) -> list[Criterion]:
    """The criteria of the scorecard with this key, in order."""
    return CRITERIA.all(scorecard=scorecard)


def asked_of(scorecard: Scorecard, conversation: Conversation) -> list[Criterion]:
    """The criteria of the scorecard that apply to the conversation, in order."""
    return [one for one in criteria_of(scorecard.pk) if applies(one, conversation)]


def check_answers(
    workspace: Workspace,
    scorecard: Scorecard,
    conversation: Conversation,
    answers: Answers,
    root_cause: str,
) -> Decided:
    """What was decided; raises InvalidVerdict unless every criterion that applies is answered, no
    other is, and the root cause is one of the workspace.

    `answers` maps criterion keys to {"verdict": pass|fail|na, "quote": …}.
    """
    criteria = criteria_of(scorecard.pk)
    asked = {one.key: one for one in criteria if applies(one, conversation)}
    known = {criterion.key for criterion in criteria}
    faults = {f"answers.{key}": "no such criterion" for key in answers if key not in known}
    found: dict[Criterion, str] = {}
    for key, criterion in asked.items():
        verdict = answers.get(key, {}).get("verdict", "")
        if verdict not in Grade.values:
            faults[f"answers.{key}"] = "pass, fail or na is needed"
        found[criterion] = verdict
    if found and all(verdict == Grade.NA for verdict in found.values()):
        faults["answers"] = "at least one criterion must apply"
    if root_cause and not _is_cause(workspace, root_cause):
        faults["root_cause"] = "not a root cause of this workspace"
    if faults:
        raise InvalidVerdict(faults)
    quotes = {one: answers[one.key].get("quote", "").replace("\x00", "") for one in found}
    return Decided(found, quotes)


def _is_cause(workspace: Workspace, code: str) -> bool:
    return RootCause.objects.filter(workspace=workspace, code=code).exists()
