"""What code alone can say of a trial's dialogue once it is over.

After a call outside the recording the release acted on an error that a real tool would not have
given. What it did then is no evidence against it, nor for it where it gave up on the error: such a
trial is ungraded, unless it passes by answering all the same, or did what no result could excuse.
"""

from dataclasses import dataclass, field

from testing.models import Case, Result
from testing.runs.dialogue import Dialogue, most_lookups
from testing.runs.grader import CaseGrade, assertions, why_no_grade
from testing.runs.playback import missing_calls, shown, unexpected_writes


@dataclass(frozen=True)
class Verdict:
    """`failures`: the assertions that do not hold; `ungraded`: why they cannot count."""

    failures: list[str] = field(default_factory=list)
    ungraded: str = ""


def verdict_on(dialogue: Dialogue) -> Verdict:
    """The verdict of the assertions on a dialogue that is over."""
    case = dialogue.case
    wrong = [f"made the unexpected call {call}" for call in unexpected_writes(case, dialogue.calls)]
    failures = wrong + _broken(dialogue)
    if wrong or not dialogue.outside:
        return Verdict(failures)
    if dialogue.ending == Result.Ending.HANDOVER:
        failures.append("handed over after a call that was not recorded")
    return Verdict(failures, outside_sentence(dialogue) if failures else "")


def why_ungraded(dialogue: Dialogue, grade: CaseGrade) -> str:
    """Why a grade of the dialogue cannot count, or an empty text when it can."""
    assert dialogue.answer is not None  # nothing else is graded
    problem = why_no_grade(dialogue.case, dialogue.answer, grade)
    if not problem and grade.verdict == "fail" and dialogue.outside:
        return outside_sentence(dialogue)
    return problem


def outside_sentence(dialogue: Dialogue) -> str:
    """Which calls the recording lacks, and what to do."""
    calls = "; ".join(dict.fromkeys(map(shown, dialogue.outside)))
    return f"called outside the recording: {calls}. Record the result in the case and run it again."


def _broken(dialogue: Dialogue) -> list[str]:
    case: Case = dialogue.case
    broken = [f"did not call {call}" for call in missing_calls(case, dialogue.calls)]
    if dialogue.ending == Result.Ending.TOO_MANY_LOOKUPS:
        return [f"used its tools {most_lookups(case)} times without an end", *broken]
    assert dialogue.answer is not None  # only an answer ends a dialogue in any other way
    return assertions(case, dialogue.answer) + broken
